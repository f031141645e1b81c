-- Deletes tickers of one exchange and tells every node.
-- KEYS: hash of ticks, hash of numbers, version (one Cluster slot).
-- ARGV: channel, exchange, symbols: at most 500.
-- Gives how many were stored, then the number of each deletion.
local FIRST = 3

local clock = redis.call('TIME')
local now = math.floor(clock[1] * 1000 + clock[2] / 1000)

local function number_of(text)
  local is_one = text and #text <= 16 and string.find(text, '^%d+$')
  return is_one and tonumber(text) < 9007199254740991 and tonumber(text) or nil
end

local texts = redis.call('HMGET', KEYS[2], unpack(ARGV, FIRST))

-- The last number of a symbol, as the script that stores takes it.
local function last_number_of(symbol, text)
  local number = number_of(text)
  if number or not text or symbol == '' then
    return number
  end
  local json = redis.call('HGET', KEYS[1], symbol) or ''
  return number_of(string.match(string.sub(json, -30), '"seq":(%d+)}$')) or 0
end

-- Nodes read no message of more than 131072 characters: so many symbols at once, of which none is
-- longer than 64 characters of four bytes each, and '/' is written as two.
local SLICE, MAX_SYMBOL = 200, 256
local told, size = {}, 0

local function publish()
  if size > 0 then
    redis.call('PUBLISH', ARGV[1], cjson.encode({exchange = ARGV[2], symbols = told}))
    told, size = {}, 0
  end
end

local answer, numbers = {0}, {}
for i = FIRST, #ARGV do
  local symbol = ARGV[i]
  local last = last_number_of(symbol, texts[i - FIRST + 1])
  -- A ticker that was never numbered keeps no number: the first tick's will be the clock's, later.
  local number = string.format('%.0f', last and math.max(last + 1, now) or now - 1)
  if last then
    numbers[#numbers + 1] = symbol
    numbers[#numbers + 1] = number
  end
  answer[#answer + 1] = number
end
answer[1] = redis.call('HDEL', KEYS[1], unpack(ARGV, FIRST))
if #numbers > 0 then
  redis.call('HSET', KEYS[2], unpack(numbers))
end
for i = FIRST, #ARGV do
  local symbol = ARGV[i]
  -- Else it is no symbol, and nobody knows it.
  if #symbol <= MAX_SYMBOL and not string.find(symbol, '[%c"\\]') then
    told[symbol] = answer[i - FIRST + 2]
    size = size + 1
    if size == SLICE then
      publish()
    end
  end
end
publish()

local version = redis.pcall('INCR', KEYS[3])
if version == 1 or type(version) == 'table' then
  redis.call('SET', KEYS[3], string.format('%.0f', now))
end
return answer
