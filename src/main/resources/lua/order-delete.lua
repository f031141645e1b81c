-- KEYS: the order's hash, index of the exchange's orders (one Cluster slot). ARGV: order id.
-- Gives 1 if there was one, else 0.
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
