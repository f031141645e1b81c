-- Saves an order's fields, each as JSON text, unless the order is another one than expected, and
-- lets the order expire.
-- KEYS: index of the exchange's orders, what keys of orders begin with, what keys of client ids do
-- (one Cluster slot).
-- ARGV: order id; expected version ('' for none, '-' for no order, '*' to replace any); '1' if it is
-- open; lifetime in ms ('' for ever); id of the order that becomes part of it, and that one's expected
-- version ('' and '' for none); channel on which the keys of final orders are told; then field,
-- value, field, value, …
-- Gives its version; nothing when something was not as expected, and nothing was done.
--
-- Scores in the index: of a final order when it expires, in ms; of an open one that expires 1e14 and
-- more, when it does, in µs; of other open ones 4e15 and more, when they were first saved, in µs and
-- 4e15 (infinity if an earlier version of this program saved them). So open ones are those from 1e14
-- on, the oldest first.
local id, expected, open, lifetime = ARGV[1], ARGV[2], ARGV[3] == '1', tonumber(ARGV[4])
local part, part_expected, channel = ARGV[5], ARGV[6], ARGV[7]
local index, order = KEYS[1], KEYS[2] .. id

local function version(key)
  if redis.call('EXISTS', key) == 0 then
    return '-'
  end
  return redis.call('HGET', key, 'version') or ''
end

local before = version(order)
if before == '-' and (redis.call('GET', KEYS[3] .. id) or id) ~= id then
  return false
end
if expected ~= '*' and before ~= expected then
  return false
end
local old_client = redis.call('HGET', order, 'client_order_id')
local score = tonumber(redis.call('ZSCORE', index, id))
if part ~= '' then
  if version(KEYS[2] .. part) ~= part_expected then
    return false
  end
  local part_score = tonumber(redis.call('ZSCORE', index, part))
  if part_score and part_score >= 4e15 then
    score = math.min(score and score >= 4e15 and score or part_score, part_score)
  end
  redis.call('DEL', KEYS[2] .. part)
  redis.call('ZREM', index, part)
end

local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local now = math.floor(micros / 1000)

if expected == '*' then
  redis.call('DEL', order)
  if old_client then
    -- A binding is no field that is replaced, unless by another one.
    redis.call('HSET', order, 'client_order_id', old_client)
  end
end
if #ARGV > 7 then
  redis.call('HSET', order, unpack(ARGV, 8))
end
if #ARGV > 7 or expected == '*' then
  -- From the clock, so that no version comes again when the order was deleted.
  local raised = (tonumber(before) or micros - 1) + 1
  before = string.format('%.0f', raised)
  redis.call('HSET', order, 'version', before)
end

local expires = lifetime and string.format('%.0f', now + lifetime)
local function let_expire(key)
  if expires then
    redis.call('PEXPIREAT', key, expires)
  else
    redis.call('PERSIST', key)
  end
end
let_expire(order)

local client = redis.call('HGET', order, 'client_order_id')
local same_client = client == old_client
if old_client and not same_client then
  local key = KEYS[3] .. cjson.decode(old_client)
  if redis.call('GET', key) == id then
    redis.call('DEL', key)
  end
end
client = client and cjson.decode(client)
if client and client ~= id then
  local key = KEYS[3] .. client
  -- Who says so last has it.
  if not same_client or (redis.call('GET', key) or id) == id then
    redis.call('SET', key, id)
    let_expire(key)
  end
end

if not open then
  score = now + lifetime
elseif lifetime then
  score = micros + lifetime * 1000
elseif not score or score < 4e15 then
  score = micros + 4e15
end
redis.call('ZADD', index, score == math.huge and '+inf' or string.format('%.0f', score), id)

-- Those that expired leave the index: a few at a time, and all with the last order.
local function remove_expired(from, to)
  local gone = redis.call('ZRANGEBYSCORE', index, from, '(' .. string.format('%.0f', to), 'LIMIT', 0, 10)
  if #gone > 0 then
    redis.call('ZREM', index, unpack(gone))
  end
end
remove_expired('-inf', now)
remove_expired('1e14', micros)
local last = tonumber(redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2])
if last >= 4e15 then
  redis.call('PERSIST', index)
else
  local final = redis.call('ZREVRANGEBYSCORE', index, '(1e14', '-inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local of_open = last < 1e14 and 0 or last / 1000
  redis.call('PEXPIREAT', index, string.format('%.0f', math.max(of_open, tonumber(final or 0)) + 1))
end

if not open then
  redis.call('PUBLISH', channel, order)
  if client then
    redis.call('PUBLISH', channel, KEYS[2] .. client)
  end
end
return before
