-- Puts a trade at the end of a bounded list.
-- KEYS: list, time of the exchange's last push, and where a trade is recorded once only, what
-- remembers it (one Cluster slot).
-- ARGV: trade, the list's bound, how long it is remembered (ms), and where somebody may wait, the
-- channel and what is published there.
-- Gives the list's length and how many fell off.
if KEYS[3] and not redis.call('SET', KEYS[3], '', 'NX', 'PX', ARGV[3]) then
  return {redis.call('LLEN', KEYS[1]), 0}
end
local length, bound = redis.call('RPUSH', KEYS[1], ARGV[1]), tonumber(ARGV[2])
local dropped = math.max(0, length - bound)
if dropped > 0 then
  redis.call('LTRIM', KEYS[1], dropped, -1)
end
local clock = redis.call('TIME')
redis.call('SET', KEYS[2], string.format('%.0f', clock[1] * 1000000 + clock[2]))
if ARGV[4] and length == 1 then
  -- Who finds one looks for more, so the first is enough.
  redis.call('PUBLISH', ARGV[4], ARGV[5])
end
return {length - dropped, dropped}
