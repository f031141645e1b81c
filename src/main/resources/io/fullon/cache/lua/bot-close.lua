-- Closes what earlier versions of this program kept for all exchanges together, so that they give no
-- more blocks: each of their operations begins by reading the first key as a hash, and fails.
-- KEYS: their blocks (hash: exchange:symbol → as in fence.lua), which become the last token that they
-- gave; their marks (hash: exchange:symbol → bot); their last token; their blocks, to be taken over
-- (one Cluster slot). ARGV: 'look' or 'close'.
-- Who looks gets 1 if there is something to be taken over, else 0; who closes gets the last token,
-- blocks and marks.
local closed = redis.pcall('GET', KEYS[1])
if ARGV[1] == 'look' then
  local is_open = type(closed) == 'table' or redis.call('EXISTS', KEYS[3]) == 1
  return (is_open or redis.call('EXISTS', KEYS[2], KEYS[4]) > 0) and 1 or 0
end
if type(closed) == 'table' then
  local blocks = redis.call('HGETALL', KEYS[1])
  for i = 1, #blocks, 2 do
    redis.call('HSET', KEYS[4], blocks[i], blocks[i + 1])
  end
end
local last = closed
if type(closed) ~= 'string' then
  last = redis.call('GET', KEYS[3]) or '0'
  redis.call('SET', KEYS[1], last)
  redis.call('DEL', KEYS[3])
end
return {last, redis.call('HGETALL', KEYS[4]), redis.call('HGETALL', KEYS[2])}
