-- One list of trades. Some that were given together are a claim, until it is acknowledged or its
-- time is over; then they wait again, before the rest.
-- A claim's name is its position, from the clock in µs: the first of its trades has it, the next
-- one more. So positions are in the order of the trades, also of the parts of a claim.
-- KEYS: list (JSON of those in no claim, oldest first), claims (hash: position → [which delivery,
-- deliveries, trades, consumer], position:trades → the trades; claimed → trades in claims, over →
-- those of them that wait again, next → the lowest free position), ends (sorted set: position →
-- when the claim's time is over, in ms; below zero, by position: it is over), time of the
-- exchange's last push, and where a trade is put there, what remembers it (one Cluster slot).
-- ARGV: operation, then what it needs.
local LIST, CLAIMS, ENDS, PUSHED, RECORDED = unpack(KEYS)

-- When so many trades or bytes are given, it is enough at once. A step is what may be too much.
local TRADES, BYTES, STEP = 5000, 4194304, 20

-- A claim is split in such parts: taking its trades one by one does not write all others each time.
local PART = 100

-- Above any position, and exact with one.
local OVER = 9007199254740992

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local micros = clock[1] * 1000000 + clock[2]

local function digits(number)
  return string.format('%.0f', number)
end

local function header(position)
  return cjson.decode(redis.call('HGET', CLAIMS, position))
end

local function trades_of(position)
  return cmsgpack.unpack(redis.call('HGET', CLAIMS, position .. ':trades'))
end

local function count(claimed, over)
  redis.call('HINCRBY', CLAIMS, 'claimed', claimed)
  redis.call('HINCRBY', CLAIMS, 'over', over)
end

local function counted()
  local counts = redis.call('HMGET', CLAIMS, 'claimed', 'over')
  return tonumber(counts[1] or 0), tonumber(counts[2] or 0)
end

local function store(position, score, delivery, deliveries, trades, consumer)
  redis.call('HSET', CLAIMS, position, cjson.encode({delivery, deliveries, #trades, consumer}),
    position .. ':trades', cmsgpack.pack(trades))
  redis.call('ZADD', ENDS, digits(score), position)
end

local function remove(position)
  redis.call('HDEL', CLAIMS, position, position .. ':trades')
  redis.call('ZREM', ENDS, position)
end

-- At the end of an operation: nothing stays of claims that are gone.
local function tidy()
  if counted() == 0 then
    redis.call('DEL', CLAIMS)
  end
end

-- Claims whose time is over wait again; no more at once than Redis does in a moment.
local function end_claims()
  for _, position in ipairs(redis.call('ZRANGEBYSCORE', ENDS, 0, now, 'LIMIT', 0, 1000)) do
    -- Redis without memory refuses what may grow, unless the script has taken something out before.
    redis.call('ZREM', ENDS, position)
    redis.call('ZADD', ENDS, digits(position - OVER), position)
    count(0, header(position)[3])
  end
end

local function first_over()
  return redis.call('ZRANGEBYSCORE', ENDS, '-inf', '(0', 'LIMIT', 0, 1)[1]
end

-- Takes trades out of an ended claim, and gives the first ones. The rest waits again, in parts.
local function part_of(position, claim, max)
  local trades = trades_of(position)
  remove(position)
  local given = {}
  for i = 1, math.min(max, #trades) do
    given[i] = trades[i]
  end
  for first = #given + 1, #trades, PART do
    local part = digits(position + first - 1)
    store(part, part - OVER, claim[1], claim[2],
      {unpack(trades, first, math.min(first + PART - 1, #trades))}, claim[4])
  end
  count(-#given, -#given)
  return given
end

-- Takes out the oldest trades that wait: those of one ended claim, also where it was split, or else
-- of those in no claim. Gives them and their bytes; of a claim also position, deliveries, consumer.
local function pull(max)
  local trades, bytes = {}, 0
  local function add(more)
    for _, trade in ipairs(more) do
      trades[#trades + 1] = trade
      bytes = bytes + #trade
    end
  end
  local first, deliveries, consumer
  while #trades < max and bytes < BYTES do
    local position = first_over()
    local claim = position and header(position)
    if not claim or first
        and (tonumber(position) ~= first + #trades or claim[2] ~= deliveries) then
      break
    end
    first, deliveries, consumer = first or tonumber(position), claim[2], claim[4]
    add(part_of(position, claim, max - #trades))
  end
  if first then
    return trades, bytes, first, deliveries, consumer
  end
  local found
  repeat
    found = redis.call('LRANGE', LIST, #trades, math.min(#trades + STEP, max) - 1)
    add(found)
  until #found == 0 or #trades >= max or bytes >= BYTES
  if #trades > 0 then
    redis.call('LTRIM', LIST, #trades, -1)
  end
  return trades, bytes, nil, 0, ''
end

-- Lets the oldest fall off that wait. Gives how many did.
local function drop(excess)
  local dropped = 0
  while dropped < excess and first_over() do
    dropped = dropped + #pull(excess - dropped)
  end
  local rest = math.min(excess - dropped, redis.call('LLEN', LIST))
  if rest > 0 then
    redis.call('LTRIM', LIST, rest, -1)
  end
  return dropped + rest
end

local operations = {}

-- Trade, whether it is not put there again ('1'), how many the list holds, claimed ones included, whether it refuses more ('1') or lets the
-- oldest fall off, how long a trade is remembered (ms), and the channel on which those are woken
-- who wait. What is put into the list of a symbol is published: exchange, symbol and trade, a line
-- each. Gives how many wait, or -1 when it is refused, and how many fell off.
function operations.push(trade, once, bound, refuses, remember, channel)
  local claimed, over = counted()
  if claimed > 0 then
    end_claims()
    claimed, over = counted()
  end
  local waiting = redis.call('LLEN', LIST)
  if once == '1' and redis.call('EXISTS', RECORDED) == 1 then
    return {waiting + over, 0}
  end
  local excess, dropped = waiting + claimed + 1 - bound, 0
  if excess > 0 then
    if refuses == '1' then
      return {-1, 0}
    end
    dropped = drop(excess)
    claimed, over = counted()
    tidy()
  end
  redis.call('SET', RECORDED, '', 'PX', remember)
  local length = redis.call('RPUSH', LIST, trade)
  redis.call('SET', PUSHED, digits(micros))
  if length == 1 then
    -- Who finds one looks for more, so the first is enough.
    redis.call('PUBLISH', channel, LIST)
  end
  local prefix, exchange = string.match(PUSHED, '^(.*){trades:([^{}]*)}:status$')
  local name = string.sub(LIST, #PUSHED - #'status' + 1)
  local symbol = string.match(name, '^list:(.*)$')
  if symbol then
    redis.call('PUBLISH', prefix .. 'trades:updates', exchange .. '\n' .. symbol .. '\n' .. trade)
  end
  return {length + over, dropped}
end

-- How many to leave out, how many at most. It only reads: claims whose time is over count as if
-- they waited again. Gives the trades.
function operations.read(skip, max)
  local trades, bytes, left = {}, 0, tonumber(skip)
  max = tonumber(max)
  local positions = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, left + max)
  table.sort(positions, function(a, b) return tonumber(a) < tonumber(b) end)
  for _, position in ipairs(positions) do
    local size = header(position)[3]
    if size > left and #trades < max and bytes < BYTES then
      local those = trades_of(position)
      for i = left + 1, math.min(size, left + max - #trades) do
        trades[#trades + 1] = those[i]
        bytes = bytes + #those[i]
      end
    end
    left = math.max(0, left - size)
  end
  local next = left
  while #trades < max and bytes < BYTES do
    local found = redis.call('LRANGE', LIST, next, next + math.min(STEP, max - #trades) - 1)
    if #found == 0 then
      break
    end
    next = next + #found
    for _, trade in ipairs(found) do
      trades[#trades + 1] = trade
      bytes = bytes + #trade
    end
  end
  return trades
end

-- How many at most. Takes them out for good, and gives them.
function operations.drain(max)
  max = tonumber(max)
  local all, bytes = {}, 0
  end_claims()
  while #all < max and bytes < BYTES do
    local trades, more = pull(max - #all)
    if #trades == 0 then
      break
    end
    bytes = bytes + more
    for _, trade in ipairs(trades) do
      all[#all + 1] = trade
    end
  end
  tidy()
  return all
end

-- Visibility timeout, then of each who wants some how many at most, and '' (it takes them for good)
-- or its name (it claims).
-- Gives how long until the time of the next claim is over (ms, -1: none is claimed), 1 if not all
-- were looked for because there is so much, else 0, then of each who got some the receipt, the
-- deliveries, who had them before, and the trades.
function operations.take(visibility, ...)
  end_claims()
  local answer, requests, trades_given, bytes_given = {-1, 0}, {...}, 0, 0
  for i = 1, #requests, 2 do
    if trades_given >= TRADES or bytes_given >= BYTES then
      answer[2] = 1
      break
    end
    local consumer = requests[i + 1]
    local trades, bytes, position, deliveries, before = pull(tonumber(requests[i]))
    if #trades == 0 then
      break
    end
    trades_given, bytes_given = trades_given + #trades, bytes_given + bytes
    deliveries = deliveries + 1
    local receipt = ''
    if consumer ~= '' then
      if not position then
        position = math.max(tonumber(redis.call('HGET', CLAIMS, 'next') or 0), micros)
        redis.call('HSET', CLAIMS, 'next', digits(position + #trades))
      end
      local name, delivery = digits(position), digits(micros)
      store(name, now + visibility, delivery, deliveries, trades, consumer)
      count(#trades, 0)
      receipt = name .. '.' .. delivery
    end
    answer[#answer + 1] = {receipt, deliveries, before, trades}
  end
  local next_end = redis.call('ZRANGEBYSCORE', ENDS, 0, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  if next_end then
    answer[1] = math.max(0, next_end - now)
  end
  tidy()
  return answer
end

-- Receipt. Gives 1 if the trades were claimed by that, else 0.
function operations.ack(receipt)
  end_claims()
  local position, delivery = string.match(receipt, '^(%d+)%.(%d+)$')
  local ends = position and redis.call('ZSCORE', ENDS, position)
  if not ends or tonumber(ends) < 0 then
    return 0
  end
  local claim = header(position)
  if claim[1] ~= delivery then
    return 0
  end
  remove(position)
  count(-claim[3], 0)
  tidy()
  return 1
end

return operations[ARGV[1]](unpack(ARGV, 2))
