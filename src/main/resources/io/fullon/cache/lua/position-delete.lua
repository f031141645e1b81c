-- Deletes a position; its version is remembered, so that it never goes back.
-- KEYS: positions, last versions of deleted ones (one Cluster slot). ARGV: symbol.
-- Gives 1 if there was one, else 0.
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', cjson.decode(stored).version))
return redis.call('HDEL', KEYS[1], ARGV[1])
