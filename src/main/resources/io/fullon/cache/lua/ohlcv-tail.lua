-- With what making a market's bars goes on. KEYS: sorted sets of its bars, the shortest first.
-- Gives the latest 1m bars, and of each timeframe the latest bar that is not final: the timeframe and
-- its begin.
local MINUTES = 10

local running = {}
for level = 1, #KEYS do
  local latest = redis.call('ZRANGE', KEYS[level], -1, -1)[1]
  local begin, flags = string.match(latest or '', '^(%d+) (%S+)')
  if begin and not string.find(flags, 'f', 1, true) then
    running[#running + 1] = {string.match(KEYS[level], '[^:]*$'), begin}
  end
end
return {redis.call('ZRANGE', KEYS[1], -MINUTES, -1), running}
