-- One queue of order ids. Each id that is pushed is an entry with a number of its own; a claimed
-- entry keeps its number, so that it comes before newer ones when it is delivered again.
-- KEYS: waiting entries (sorted set: number → number), claimed ones (number → deadline in ms),
-- all entries (hash: number → [deliveries, id, consumer, block under which it was pushed, or ''], and
-- the last number given), which is gone when there are none; the same three of the queue of what was
-- delivered too often (one Cluster slot).
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

-- Puts ids, each with its block, at the end of a queue; gives how many waited there before.
local function append(waiting_key, entries_key, ids)
  local last = tonumber(redis.call('HGET', entries_key, 'last') or 0)
  -- From the clock, so that no receipt is given twice when the last number was forgotten.
  local number = math.max(last, clock[1] * 1000000 + clock[2] - 1)
  local length = redis.call('ZCARD', waiting_key)
  local entries, waiting = {}, {}
  for i = 1, #ids / 2 do
    local digits = string.format('%.0f', number + i)
    entries[2 * i - 1], entries[2 * i] = digits, cjson.encode({0, ids[2 * i - 1], '', ids[2 * i]})
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
      dead[#dead + 1], dead[#dead + 2] = entry[2], entry[4] or ''
    end
  end
end

local operations = {}

-- How often is too often, channel, what is published there to wake who waits, ids, each with its block.
-- Gives of each how many wait then.
function operations.push(max, channel, queue, ...)
  end_claims(tonumber(max))
  local length = append(KEYS[1], KEYS[3], {...})
  local answer = {}
  for i = 1, select('#', ...) / 2 do
    answer[i] = length + i
  end
  if length == 0 then
    -- Who finds one looks for more, so the first is enough.
    redis.call('PUBLISH', channel, queue)
  end
  return answer
end

-- How often is too often (0: never), channel, the queue of those, visibility timeout, how many blocks are
-- known not to be held any more, those; then of each who wants one '' (it pops) or its name (it claims).
-- What was pushed under a block is claimed by whoever pops too: it is to be looked at first. What was
-- pushed under one of those blocks is taken out, no more at once than Redis does in a moment.
-- Gives how long until the next claim is over (ms, -1: none is claimed); the ids that are dead now, and
-- those that were taken out, each with its block; whether it went on to the end (1 or 0); then of each
-- who got one the id, the receipt, the deliveries, who had it before, and the block.
function operations.take(max, channel, dead_queue, visibility, lost_count, ...)
  local arguments, lost, dead, dropped = {...}, {}, {}, {}
  for i = 1, lost_count do
    lost[arguments[i]] = true
  end
  end_claims(tonumber(max), dead)
  if #dead > 0 and append(KEYS[4], KEYS[6], dead) == 0 then
    redis.call('PUBLISH', channel, dead_queue)
  end
  local answer = {-1, dead, dropped, 1}
  local next_one = lost_count + 1
  while arguments[next_one] do
    local number = redis.call('ZPOPMIN', KEYS[1])[1]
    if not number then
      break
    end
    local entry = cjson.decode(redis.call('HGET', KEYS[3], number))
    local consumer, deliveries, block = arguments[next_one], entry[1] + 1, entry[4] or ''
    if lost[block] then
      forget(number)
      dropped[#dropped + 1], dropped[#dropped + 2] = entry[2], block
      if #dropped == 2000 then
        answer[4] = 0
        break
      end
    else
      if consumer == '' and block == '' then
        forget(number)
      else
        redis.call('HSET', KEYS[3], number, cjson.encode({deliveries, entry[2], consumer, block}))
        redis.call('ZADD', KEYS[2], now + visibility, number)
      end
      answer[#answer + 1] = {entry[2], number .. '.' .. deliveries, deliveries, entry[3], block}
      next_one = next_one + 1
    end
  end
  local next_over = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
  if next_over then
    answer[1] = math.max(0, next_over - now)
  end
  return answer
end

-- What is acknowledged too late is not claimed any more. Gives 1 if it was claimed by that, else 0.
local function acknowledge(receipt)
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

-- Receipts. Gives of each 1 if it was claimed by that, else 0.
function operations.ack(...)
  local answer = {}
  for i, receipt in ipairs({...}) do
    answer[i] = acknowledge(receipt)
  end
  return answer
end

return operations[ARGV[1]](unpack(ARGV, 2))
