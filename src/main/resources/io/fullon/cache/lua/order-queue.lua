-- One queue of order ids. Each id that is pushed is an entry with a number of its own; a claimed
-- entry keeps its number, so that it comes before newer ones when it is delivered again.
-- KEYS: waiting entries (sorted set: number → number), claimed ones (number → deadline in ms),
-- all entries (hash: number → [deliveries, id, consumer], and the last number given), which is gone
-- when there are none; the same three of the queue of what was delivered too often (one Cluster slot).
-- ARGV: operation, then what it needs.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

if ARGV[1] == 'length' then
  -- It only reads: claims whose time is over count as if they waited again.
  local length = redis.call('ZCARD', KEYS[1])
  local max = tonumber(ARGV[2])
  if max == 0 then
    return length + redis.call('ZCOUNT', KEYS[2], '-inf', now)
  end
  for _, number in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
    if cjson.decode(redis.call('HGET', KEYS[3], number))[1] < max then
      length = length + 1
    end
  end
  return length
end

local function forget(number)
  redis.call('HDEL', KEYS[3], number)
  if redis.call('HLEN', KEYS[3]) == 1 then
    redis.call('DEL', KEYS[3])
  end
end

-- Puts ids at the end of the queue of these three keys; gives how many waited there before.
local function append(waiting_key, entries_key, ids)
  local last = tonumber(redis.call('HGET', entries_key, 'last') or 0)
  -- From the clock, so that no receipt is given twice when the last number was forgotten.
  local number = math.max(last, clock[1] * 1000000 + clock[2] - 1)
  local length = redis.call('ZCARD', waiting_key)
  local entries, waiting = {}, {}
  for i, id in ipairs(ids) do
    local digits = string.format('%.0f', number + i)
    entries[2 * i - 1], entries[2 * i] = digits, cjson.encode({0, id, ''})
    waiting[2 * i - 1], waiting[2 * i] = digits, digits
  end
  redis.call('HSET', entries_key, 'last', entries[#entries - 1], unpack(entries))
  redis.call('ZADD', waiting_key, unpack(waiting))
  return length
end

-- Claims whose time is over wait again, but those that were delivered too often; no more at once than
-- Redis does in a moment. Takes those out and puts their ids into the list, if there is one.
local function end_claims(max, dead)
  for _, number in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, 1000)) do
    local entry = max > 0 and cjson.decode(redis.call('HGET', KEYS[3], number))
    if not entry or entry[1] < max then
      redis.call('ZREM', KEYS[2], number)
      redis.call('ZADD', KEYS[1], number, number)
    elseif dead then
      redis.call('ZREM', KEYS[2], number)
      forget(number)
      dead[#dead + 1] = entry[2]
    end
  end
end

local operations = {}

-- How often is too often, channel, what is published there to wake who waits, ids. Gives of each how many wait then.
function operations.push(max, channel, queue, ...)
  end_claims(tonumber(max))
  local length = append(KEYS[1], KEYS[3], {...})
  local answer = {}
  for i = 1, select('#', ...) do
    answer[i] = length + i
  end
  if length == 0 then
    -- Who finds one looks for more, so the first is enough.
    redis.call('PUBLISH', channel, queue)
  end
  return answer
end

-- How often is too often (0: never), channel, the queue of those, visibility timeout, then of each who wants one '' (it pops) or its name
-- (it claims). Gives how long until the next claim is over (ms, -1: none is claimed), the ids that
-- are dead now, then of each who got one the id, the receipt, the deliveries, and who had it before.
function operations.take(max, channel, dead_queue, visibility, ...)
  local dead = {}
  end_claims(tonumber(max), dead)
  if #dead > 0 and append(KEYS[4], KEYS[6], dead) == 0 then
    redis.call('PUBLISH', channel, dead_queue)
  end
  local answer = {-1, dead}
  for _, consumer in ipairs({...}) do
    local number = redis.call('ZPOPMIN', KEYS[1])[1]
    if not number then
      break
    end
    local entry = cjson.decode(redis.call('HGET', KEYS[3], number))
    local deliveries = entry[1] + 1
    if consumer == '' then
      forget(number)
    else
      redis.call('HSET', KEYS[3], number, cjson.encode({deliveries, entry[2], consumer}))
      redis.call('ZADD', KEYS[2], now + visibility, number)
    end
    answer[#answer + 1] = {entry[2], number .. '.' .. deliveries, deliveries, entry[3]}
  end
  local next_over = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
  if next_over then
    answer[1] = math.max(0, next_over - now)
  end
  return answer
end

-- Receipt. What is acknowledged too late is not claimed any more. Gives 1 if it was claimed by that, else 0.
function operations.ack(receipt)
  local number, deliveries = string.match(receipt, '^(%d+)%.(%d+)$')
  local ends = number and tonumber(redis.call('ZSCORE', KEYS[2], number))
  if not ends or ends <= now then
    return 0
  end
  if cjson.decode(redis.call('HGET', KEYS[3], number))[1] ~= tonumber(deliveries) then
    return 0
  end
  redis.call('ZREM', KEYS[2], number)
  forget(number)
  return 1
end

return operations[ARGV[1]](unpack(ARGV, 2))
