-- Stores ticks of one exchange, each unless the stored one is later, numbers and publishes them.
-- KEYS: hash of ticks, hash of numbers, version (one Cluster slot).
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
-- the rules by which nodes read (Json.parseForeign, Tick.read): price and time decimals of up to 64
-- characters in plain notation, the price also as text; the others numbers or absent, and as good
-- as absent when they are not finite or too long. What is longer than MAX_BYTES is not worth Redis'
-- time: it locks nobody out, whatever it is.
local MAX_BYTES, MAX_CHARACTERS, MAX_SEQ = 65536, 64, 9007199254740991
local WORDS = {
  ['true'] = true, ['false'] = true, ['null'] = true,
  ['NaN'] = true, ['Infinity'] = true, ['-Infinity'] = true,
}
local NOT_FINITE = {nan = true, snan = true, inf = true, infinity = true}

-- The parts of a number as JSON has it: sign, digits before and behind the point, exponent.
local function parts_of(text)
  local sign, whole, rest = string.match(text, '^(%-?)(%d+)(.*)$')
  if not whole or (#whole > 1 and string.sub(whole, 1, 1) == '0') then
    return nil
  end
  local places, exponent = '', rest
  if string.sub(rest, 1, 1) == '.' then
    places, exponent = string.match(rest, '^%.(%d+)(.*)$')
  end
  if places and (exponent == '' or string.match(exponent, '^[eE][+-]?%d+$')) then
    return sign, whole, places, exponent
  end
end

local function is_number(text)
  return parts_of(text) ~= nil
end

local function is_decimal(text)
  local sign, whole, places, exponent = parts_of(text)
  if not sign or #exponent > 12 then
    return false
  end
  local digits = string.match(whole .. places, '^0*(.*)$')
  local precision = math.max(1, #digits)
  local scale = #places - (tonumber(string.sub(exponent, 2)) or 0)
  if scale > 0 then
    return #sign + math.max(precision, scale + 1) + 1 <= MAX_CHARACTERS
  end
  return digits == '' or #sign + precision - scale <= MAX_CHARACTERS
end

-- cjson reads what is no JSON, such as 0x10 or 007.
local function is_json(text)
  local bare = string.gsub(string.gsub(text, '\\.', ''), '"[^"]*"', '')
  for word in string.gmatch(bare, '[^%s,:%[%]{}]+') do
    if not WORDS[word] and not is_number(word) then
      return false
    end
  end
  return true
end

-- The number as it is written, which cjson does not tell.
local function written(json, field)
  return string.match(json, '"' .. field .. '"%s*:%s*(%-?%d[%d.eE+-]*)%s*[,}]') or ''
end

local function is_price(value, json)
  if type(value) == 'number' then
    return is_decimal(written(json, 'price'))
  end
  return type(value) == 'string' and is_decimal(value)
end

local function is_number_or_absent(value)
  if type(value) == 'string' then
    return is_number(value) or NOT_FINITE[string.lower(string.gsub(value, '^[+-]', ''))] == true
  end
  return value == nil or value == cjson.null or type(value) == 'number'
end

local function is_seq_or_absent(value)
  if type(value) ~= 'number' then
    return value == nil or value == cjson.null
  end
  -- Beyond 64 characters it is too long, and then absent; what is not finite is too.
  return not (math.abs(value) < 1e64)
    or (value >= 0 and value <= MAX_SEQ and value == math.floor(value))
end

local function is_tick(value, json)
  return is_price(value.price, json)
    and is_decimal(written(json, 'time'))
    and is_number_or_absent(value.bid)
    and is_number_or_absent(value.ask)
    and is_number_or_absent(value.last)
    and is_number_or_absent(value.volume)
    and is_seq_or_absent(value.seq)
    and is_json(json)
end

-- Whether the stored JSON is a tick, and a later one.
local function is_later(json, number, time)
  -- What this script wrote ends with time and number, which spares reading all of it.
  local own = number
    and string.match(json, '^,"time":(%d+%.%d+),"seq":%d+}$', #json - #number - #time - 15)
  if own and #own == #time and own <= time then
    return false
  end
  if #json > MAX_BYTES then
    return false
  end
  local ok, stored = pcall(cjson.decode, json)
  if not ok or type(stored) ~= 'table' or type(stored.time) ~= 'number' then
    return false
  end
  local stored_time = math.floor(stored.time * 1000000 + 0.5)
  return stored_time > math.floor(time * 1000000 + 0.5)
    and stored_time <= latest_time
    and is_tick(stored, json)
end

local function number_of(text)
  if text and #text <= 16 and string.find(text, '^%d+$') and tonumber(text) < MAX_SEQ then
    return text
  end
  return nil
end

-- The last number of a symbol, or nil. One that is none, which somebody else has put there, must
-- not stop the symbol: the stored tick has it too, or it goes on from Redis' clock.
local function last_number_of(text, json)
  local number = number_of(text)
  if number or not text then
    return number
  end
  local of_tick = number_of(string.match(string.sub(json or '', -30), '"seq":(%d+)}$'))
  return string.format('%.0f', math.max(of_tick or 0, first_number - 1))
end

local answers = {}
local count = 0
local has_news = false

local function store(first, last)
  local symbols, size = {}, 0
  for i = first, last, 3 do
    size = size + 1
    symbols[size] = ARGV[i]
  end
  local stored = redis.call('HMGET', KEYS[1], unpack(symbols))
  local numbers = redis.call('HMGET', KEYS[2], unpack(symbols))
  -- What an earlier tick of the same symbol leaves to a later one.
  local json_of, new_number_of = {}, {}
  local new_ticks, new_numbers, new, is_new = {}, {}, 0, false
  for i = 1, size do
    local symbol, time, json = symbols[i], ARGV[first + 3 * i - 2], ARGV[first + 3 * i - 1]
    local known = json_of[symbol] or stored[i]
    local last_number = new_number_of[symbol] or last_number_of(numbers[i], stored[i])
    count = count + 1
    if known and is_later(known, last_number, time) then
      answers[count] = false
    else
      local number = last_number and last_number + 1 or first_number
      local digits = string.format('%.0f', number) -- %d has 32 bits on some machines
      json = json .. ',"seq":' .. digits .. '}'
      is_new = is_new or not last_number
      json_of[symbol], new_number_of[symbol] = json, digits
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
    has_news = true
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
if has_news then
  local version = redis.pcall('INCR', KEYS[3])
  if version == 1 or type(version) == 'table' then
    -- Not one that was there before Redis lost it.
    redis.call('SET', KEYS[3], string.format('%.0f', first_number))
  end
end
return answers
