-- KEYS: the order's hash, index of the exchange's orders (one Cluster slot). ARGV: order id.
-- Gives 1 if there was one, else 0.
redis.call('ZREM', KEYS[2], ARGV[1])
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if last and last ~= 'inf' then
  -- The index goes with the last order, as after a save.
  redis.call('PEXPIREAT', KEYS[2], last)
end
return redis.call('DEL', KEYS[1])
