-- Stores ticks of one exchange, each unless the stored one is later, numbers and publishes them.
-- KEYS: hash of ticks, hash of numbers (one Cluster slot).
-- ARGV: beginning of the channels' names, how far ahead a time may be (µs); then of each tick its
-- symbol, its time (seconds, as in its JSON), its JSON without the closing brace.
-- Gives of each tick its number, or nil when it was refused.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local latest_time = now + ARGV[2]
local first_number = math.floor(now / 1000)

-- Redis searches a hash of short values from its beginning, until it holds a long one.
local NOTE = 'The number of each symbol\'s last tick or deletion. This note makes a table of the list.'

-- How many values Lua can pass at once is limited.
local SLICE = 500

-- Other programs write there too. What nodes skip as garbage must not lock ticks out, so these are
-- the rules by which they read: finite decimals of up to 64 digits, also as text, or absent.
local function is_decimal(value)
  if type(value) == 'string' then
    value = string.match(value, '^%-?%d[%d.eE+-]*$') and tonumber(value)
  end
  return type(value) == 'number' and value == value and math.abs(value) < 1e64
end

local function is_absent_or(rule, value)
  return value == nil or value == cjson.null or rule(value)
end

local function is_number_of_a_tick(value)
  return type(value) == 'number' and value >= 0 and value == math.floor(value)
end

local function is_tick(value)
  return is_decimal(value.price)
    and is_absent_or(is_decimal, value.bid)
    and is_absent_or(is_decimal, value.ask)
    and is_absent_or(is_decimal, value.last)
    and is_absent_or(is_decimal, value.volume)
    and is_absent_or(is_number_of_a_tick, value.seq)
end

-- Whether the stored JSON is a tick, and a later one.
local function is_later(json, number, time)
  -- What this script wrote ends with time and number, which spares reading all of it.
  local own = number
    and string.match(json, '^,"time":(%d+%.%d+),"seq":%d+}$', #json - #number - #time - 15)
  if own and #own == #time and own <= time then
    return false
  end
  local ok, stored = pcall(cjson.decode, json)
  if not ok or type(stored) ~= 'table' or type(stored.time) ~= 'number' then
    return false
  end
  local stored_time = math.floor(stored.time * 1000000 + 0.5)
  return stored_time > math.floor(time * 1000000 + 0.5)
    and stored_time <= latest_time
    and is_tick(stored)
end

local answers = {}
local count = 0

local function store(first, last)
  local symbols, size = {}, 0
  for i = first, last, 3 do
    size = size + 1
    symbols[size] = ARGV[i]
  end
  local stored = redis.call('HMGET', KEYS[1], unpack(symbols))
  local numbers = redis.call('HMGET', KEYS[2], unpack(symbols))
  -- What an earlier tick of the same symbol leaves to a later one.
  local json_of, number_of = {}, {}
  local new_ticks, new_numbers, new, is_new = {}, {}, 0, false
  for i = 1, size do
    local symbol, time, json = symbols[i], ARGV[first + 3 * i - 2], ARGV[first + 3 * i - 1]
    local known = json_of[symbol] or stored[i]
    local last_number = number_of[symbol] or numbers[i]
    count = count + 1
    if known and is_later(known, last_number, time) then
      answers[count] = false
    else
      local number = last_number and last_number + 1 or first_number
      local digits = string.format('%.0f', number) -- %d has 32 bits on some machines
      json = json .. ',"seq":' .. digits .. '}'
      is_new = is_new or not last_number
      json_of[symbol], number_of[symbol] = json, digits
      new_ticks[new + 1], new_ticks[new + 2] = symbol, json
      new_numbers[new + 1], new_numbers[new + 2] = symbol, digits
      new = new + 2
      answers[count] = number
    end
  end
  if is_new then
    redis.call('HSET', KEYS[2], '', NOTE)
  end
  if new > 0 then
    redis.call('HSET', KEYS[1], unpack(new_ticks))
    redis.call('HSET', KEYS[2], unpack(new_numbers))
    for i = 1, new, 2 do
      redis.call('PUBLISH', ARGV[1] .. new_ticks[i], new_ticks[i + 1])
    end
  end
end

for first = 3, #ARGV, 3 * SLICE do
  store(first, math.min(first + 3 * SLICE - 1, #ARGV))
end
return answers
