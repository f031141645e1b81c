-- Stores ticks of one exchange, each unless the stored one is later, numbers and publishes them.
-- KEYS: hash of ticks, hash of numbers (one Cluster slot).
-- ARGV: beginning of the channels' names, how far ahead a time may be (µs); then of each tick its
-- symbol, its time (µs), its JSON without the closing brace.
-- Gives of each tick its number, or nil when it was refused.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local latest_time = now + ARGV[2]
local first_number = math.floor(now / 1000)

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
local function is_later(json, time)
  local ok, stored = pcall(cjson.decode, json)
  if not ok or type(stored) ~= 'table' or type(stored.time) ~= 'number' then
    return false
  end
  local stored_time = math.floor(stored.time * 1000000 + 0.5)
  return stored_time > time and stored_time <= latest_time and is_tick(stored)
end

local answers = {}
for i = 3, #ARGV, 3 do
  local symbol, time = ARGV[i], tonumber(ARGV[i + 1])
  local stored = redis.call('HGET', KEYS[1], symbol)
  if stored and is_later(stored, time) then
    answers[#answers + 1] = false
  else
    local number = redis.call('HINCRBY', KEYS[2], symbol, 1)
    if number == 1 then
      number = first_number
      redis.call('HSET', KEYS[2], symbol, string.format('%.0f', number))
    end
    local json = ARGV[i + 2] .. ',"seq":' .. string.format('%.0f', number) .. '}'
    redis.call('HSET', KEYS[1], symbol, json)
    redis.call('PUBLISH', ARGV[1] .. symbol, json)
    answers[#answers + 1] = number
  end
end
return answers
