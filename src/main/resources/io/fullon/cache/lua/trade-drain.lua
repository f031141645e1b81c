-- Takes the first elements out of a list. KEYS: list. ARGV: how many at most. Gives them.
local trades = redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)
redis.call('LTRIM', KEYS[1], ARGV[1], -1)
return trades
