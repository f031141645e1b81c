-- Looks whether the user may do what the services do, and names what is missing. Leaves nothing behind.
-- KEYS: 1 a key that nobody has
-- ARGV: 1 "own" for a key that is all ours; on others it only looks, and deletes what is not there
local key = KEYS[1]
local time = redis.pcall('TIME')
local calls = {
  {'EXISTS'}, {'DEL'}, {'HGET', 'a'}, {'HMGET', 'a'}, {'HLEN'}, {'HSCAN', 0}, {'HDEL', 'a'}
}
if ARGV[1] == 'own' then
  calls = {
    {'EXISTS'}, {'HSET', 'a', 1}, {'HGET', 'a'}, {'HMGET', 'a'}, {'HGETALL'}, {'HKEYS'}, {'HLEN'},
    {'HSCAN', 0}, {'HINCRBY', 'a', 1}, {'PEXPIREAT', ((time[1] or 0) + 60) * 1000}, {'PERSIST'},
    {'HDEL', 'a'}, {'SET', 1}, {'GET'}, {'INCR'}, {'DEL'}, {'SADD', 'a'},
    {'SMEMBERS'}, {'SREM', 'a'}, {'RPUSH', 1}, {'LLEN'}, {'LRANGE', 0, 0},
    {'LTRIM', 0, 0}, {'LPOP'}, {'ZADD', 1, 'a'}, {'ZCARD'}, {'ZCOUNT', 1, 1}, {'ZSCORE', 'a'},
    {'ZRANGE', 0, 0}, {'ZREVRANGE', 0, 0}, {'ZRANGEBYSCORE', 1, 1}, {'ZRANGEBYLEX', '-', '+'},
    {'ZSCAN', 0}, {'ZREM', 'a'}, {'ZPOPMIN'}
  }
end

-- Nothing of it fails, unless Redis refuses it. Its own words come behind the command; in front a
-- code: NOPERM in the words of Redis 6 and those of later ones, else that of the answer itself.
local function refuse(command, answer)
  local problem = answer.err
  local code = string.match(problem, '^-?(%u+) ') or 'ERR'
  if problem:find('executing the script') or problem:find('ACL failure') then
    code = 'NOPERM'
  end
  return redis.error_reply(code .. ' ' .. command .. ': ' .. problem)
end

local function is_refused(answer)
  return type(answer) == 'table' and answer.err
end

if is_refused(time) then
  return refuse('TIME', time)
end
for _, call in ipairs(calls) do
  local command = table.remove(call, 1)
  local answer = redis.pcall(command, key, unpack(call))
  if is_refused(answer) then
    return refuse(command, answer)
  end
end
local scanned = redis.pcall('SCAN', 0, 'COUNT', 1)
if is_refused(scanned) then
  return refuse('SCAN', scanned)
end
