-- Puts the position that fills lead to in the place of the one they were computed from, if nothing
-- has changed since, and remembers the fills. Without such a position it only reads.
-- KEYS: positions (hash: symbol → JSON), last versions of deleted ones (hash), time up to which
-- fills are contained; then of each fill what remembers it (one Cluster slot).
-- ARGV: symbol, how long fills are remembered (ms), the position's JSON after them ('': only read;
-- '=': it stays as it is, since it contains them), the state that they were computed from: JSON ('': none), last version, time.
-- Gives 1 if it was put there, that state, and of each fill whether it is remembered.
local json = redis.call('HGET', KEYS[1], ARGV[1]) or ''
local version = redis.call('HGET', KEYS[2], ARGV[1]) or ''
local as_of = redis.call('GET', KEYS[3]) or ''
local known = false
local answer = {0, json, version, as_of}
for i = 4, #KEYS do
  local remembered = redis.call('EXISTS', KEYS[i])
  known = known or remembered == 1
  answer[#answer + 1] = remembered
end
if ARGV[3] == '' or known or json ~= ARGV[4] or version ~= ARGV[5] or as_of ~= ARGV[6] then
  return answer
end
if ARGV[3] ~= '=' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
for i = 4, #KEYS do
  redis.call('SET', KEYS[i], '', 'PX', ARGV[2])
end
answer[1] = 1
return answer
