-- One queue of order ids. Each id that is pushed is an entry with a number of its own; a claimed
-- entry keeps its number, so that it comes before newer ones when it is delivered again.
-- KEYS: waiting entries (sorted set: number → number), claimed ones (number → deadline in ms),
-- all entries (hash: number → [deliveries, id, consumer, block under which it was pushed, or ''], and
-- the last number given), which is gone when there are none; the same three of the queue of what was
-- delivered too often (one Cluster slot), where there is one.
-- ARGV: operation, which of the two queues is meant ('living', 'dead'), how often is too often (0:
-- never), then what the operation needs.
local LIVING, DEAD = {KEYS[1], KEYS[2], KEYS[3]}, {KEYS[4], KEYS[5], KEYS[6]}
local own = ARGV[2] == 'dead' and DEAD or LIVING
local max = tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function entry_of(queue, number)
  return cjson.decode(redis.call('HGET', queue[3], number))
end

if ARGV[1] == 'length' then
  -- It only reads: claims whose time is over count as if they waited again, or were dead.
  local length = redis.call('ZCARD', own[1])
  if own == DEAD or max == 0 then
    length = length + redis.call('ZCOUNT', own[2], '-inf', now)
  end
  if max > 0 then
    for _, number in ipairs(redis.call('ZRANGEBYSCORE', LIVING[2], '-inf', now)) do
      if (entry_of(LIVING, number)[1] >= max) == (own == DEAD) then
        length = length + 1
      end
    end
  end
  return length
end

local function forget(queue, number)
  redis.call('HDEL', queue[3], number)
  if redis.call('HLEN', queue[3]) == 1 then
    redis.call('DEL', queue[3])
  end
end

-- Puts ids, each with its block, at the end of a queue; gives how many waited there before.
local function append(queue, ids)
  local last = tonumber(redis.call('HGET', queue[3], 'last') or 0)
  -- From the clock, so that no receipt is given twice when the last number was forgotten.
  local number = math.max(last, clock[1] * 1000000 + clock[2] - 1)
  local length = redis.call('ZCARD', queue[1])
  local entries, waiting = {}, {}
  for i = 1, #ids / 2 do
    local digits = string.format('%.0f', number + i)
    entries[2 * i - 1], entries[2 * i] = digits, cjson.encode({0, ids[2 * i - 1], '', ids[2 * i]})
    waiting[2 * i - 1], waiting[2 * i] = digits, digits
  end
  redis.call('HSET', queue[3], 'last', entries[#entries - 1], unpack(entries))
  redis.call('ZADD', queue[1], unpack(waiting))
  return length
end

local function over(queue)
  -- No more at once than Redis does in a moment.
  return redis.call('ZRANGEBYSCORE', queue[2], '-inf', now, 'LIMIT', 0, 1000)
end

-- Claims whose time is over wait again, but those that were delivered too often are dead. Gives
-- their ids, each with its block.
local function end_claims(channel, dead_queue)
  local died = {}
  for _, number in ipairs(over(LIVING)) do
    redis.call('ZREM', LIVING[2], number)
    local entry = max > 0 and entry_of(LIVING, number)
    if entry and entry[1] >= max then
      forget(LIVING, number)
      died[#died + 1], died[#died + 2] = entry[2], entry[4] or ''
    else
      redis.call('ZADD', LIVING[1], number, number)
    end
  end
  if #died > 0 and append(DEAD, died) == 0 then
    redis.call('PUBLISH', channel, dead_queue)
  end
  if own == DEAD then
    for _, number in ipairs(over(DEAD)) do
      redis.call('ZREM', DEAD[2], number)
      redis.call('ZADD', DEAD[1], number, number)
    end
  end
  return died
end

local operations = {}

-- Channel, on which a queue's name wakes who waits for it, the name of the queue of the dead, that of
-- the queue, ids, each with its block. Gives the ids that are dead now, each with its block, then of
-- each that was pushed how many wait then.
function operations.push(channel, dead_queue, queue, ...)
  local answer = {end_claims(channel, dead_queue)}
  local length = append(own, {...})
  for i = 1, select('#', ...) / 2 do
    answer[i + 1] = length + i
  end
  if length == 0 then
    -- Who finds one looks for more, so the first is enough.
    redis.call('PUBLISH', channel, queue)
  end
  return answer
end

-- Channel and the name of the queue of the dead, visibility timeout, how many blocks are
-- known not to be held any more, those; then of each who wants one '' (it pops) or its name (it claims).
-- What was pushed under a block is claimed by whoever pops too: it is to be looked at first. What was
-- pushed under one of those blocks is taken out, no more at once than Redis does in a moment.
-- Gives how long until the next claim is over (ms, -1: none is claimed); the ids that are dead now, and
-- those that were taken out, each with its block; whether it went on to the end (1 or 0); then of each
-- who got one the id, the receipt, the deliveries, who had it before, and the block.
function operations.take(channel, dead_queue, visibility, lost_count, ...)
  local arguments, lost, dropped = {...}, {}, {}
  for i = 1, lost_count do
    lost[arguments[i]] = true
  end
  local dead = end_claims(channel, dead_queue)
  local answer = {-1, dead, dropped, 1}
  local next_one = lost_count + 1
  while arguments[next_one] do
    local number = redis.call('ZPOPMIN', own[1])[1]
    if not number then
      break
    end
    local entry = entry_of(own, number)
    local consumer, deliveries, block = arguments[next_one], entry[1] + 1, entry[4] or ''
    if lost[block] then
      forget(own, number)
      dropped[#dropped + 1], dropped[#dropped + 2] = entry[2], block
      if #dropped == 2000 then
        answer[4] = 0
        break
      end
    else
      if consumer == '' and block == '' then
        forget(own, number)
      else
        redis.call('HSET', own[3], number, cjson.encode({deliveries, entry[2], consumer, block}))
        redis.call('ZADD', own[2], now + visibility, number)
      end
      answer[#answer + 1] = {entry[2], number .. '.' .. deliveries, deliveries, entry[3], block}
      next_one = next_one + 1
    end
  end
  local next_over = redis.call('ZRANGE', own[2], 0, 0, 'WITHSCORES')[2]
  if own == DEAD then
    -- What is claimed there may be dead then; what is claimed from now on not before its time is over.
    local next_dead = redis.call('ZRANGE', LIVING[2], 0, 0, 'WITHSCORES')[2] or now + visibility
    next_over = math.min(next_over or next_dead, next_dead, now + visibility)
  end
  if next_over then
    answer[1] = math.max(0, next_over - now)
  end
  return answer
end

-- What is acknowledged too late is not claimed any more. Gives 1 if it was claimed by that, else 0.
local function acknowledge(receipt)
  local number, deliveries = string.match(receipt, '^(%d+)%.(%d+)$')
  local ends = number and tonumber(redis.call('ZSCORE', own[2], number))
  if not ends or ends <= now then
    return 0
  end
  if entry_of(own, number)[1] ~= tonumber(deliveries) then
    return 0
  end
  redis.call('ZREM', own[2], number)
  forget(own, number)
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

return operations[ARGV[1]](unpack(ARGV, 4))
