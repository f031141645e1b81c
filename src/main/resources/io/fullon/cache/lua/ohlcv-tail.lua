-- With what making a market's bars goes on. KEYS: sorted sets of its bars, the shortest first.
-- Gives the latest 1m bars, and of each timeframe those of the latest bars that are not final: the
-- timeframe and the begin of each.
local LATEST = 10

local running = {}
for level = 1, #KEYS do
  local name = string.match(KEYS[level], '[^:]*$')
  for _, text in ipairs(redis.call('ZRANGE', KEYS[level], -LATEST, -1)) do
    local begin, flags = string.match(text, '^(%d+) (%S+)')
    if not string.find(flags, 'f', 1, true) then
      running[#running + 1] = {name, begin}
    end
  end
end
return {redis.call('ZRANGE', KEYS[1], -LATEST, -1), running}
