-- Puts the position that fills lead to in the place of the one they were computed from, if nothing
-- has changed since, and remembers the fills. Without such a position it only reads.
-- KEYS: positions (hash: symbol → JSON), last versions of deleted ones (hash), time up to which
-- fills are contained; then of each fill what remembers its trade id (hash: side and order, or side
-- alone where the report named none → ''; a string of an earlier version: whatever they are), all in
-- one Cluster slot.
-- ARGV: symbol, how long fills are remembered (ms), the position's JSON after them ('': only read;
-- '=': it stays as it is, since it contains them), the state that they were computed from: JSON ('':
-- none), last version, time; then of each fill its side, its order ('': not told) and what was known
-- of it.
-- Gives 1 if it was put there, that state, and what is known of each fill: 0 nothing; 1 it is
-- remembered; 2 it is remembered without an order, and is this order's from now on.
local FIXED_KEYS, FIXED_ARGS = 3, 6

local function known(key, side, order)
  if redis.call('TYPE', key).ok == 'string' then
    return 1
  end
  if order == '' then
    for _, field in ipairs(redis.call('HKEYS', key)) do
      if field:sub(1, #side + 1) == side .. ' ' then
        return 1
      end
    end
    return 0
  end
  if redis.call('HEXISTS', key, side .. ' ' .. order) == 1 then
    return 1
  end
  return redis.call('HEXISTS', key, side .. ' ') == 1 and 2 or 0
end

local json = redis.call('HGET', KEYS[1], ARGV[1]) or ''
local version = redis.call('HGET', KEYS[2], ARGV[1]) or ''
local as_of = redis.call('GET', KEYS[3]) or ''
local as_expected = true
local answer = {0, json, version, as_of}
for i = 1, #KEYS - FIXED_KEYS do
  local at = FIXED_ARGS + 3 * i
  local now = known(KEYS[FIXED_KEYS + i], ARGV[at - 2], ARGV[at - 1])
  as_expected = as_expected and now == tonumber(ARGV[at])
  answer[#answer + 1] = now
end
if ARGV[3] == '' or not as_expected or json ~= ARGV[4] or version ~= ARGV[5]
  or as_of ~= ARGV[6] then
  return answer
end
if ARGV[3] ~= '=' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
  redis.call('HDEL', KEYS[2], ARGV[1])
end
for i = 1, #KEYS - FIXED_KEYS do
  local key, at = KEYS[FIXED_KEYS + i], FIXED_ARGS + 3 * i
  if ARGV[at] == '2' then
    redis.call('HDEL', key, ARGV[at - 2] .. ' ')
  end
  redis.call('HSET', key, ARGV[at - 2] .. ' ' .. ARGV[at - 1], '')
  redis.call('PEXPIRE', key, ARGV[2])
end
answer[1] = 1
return answer
