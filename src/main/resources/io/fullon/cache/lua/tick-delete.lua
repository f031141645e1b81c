-- Deletes tickers of one exchange and tells every node.
-- KEYS: hash of ticks, hash of numbers (one Cluster slot).
-- ARGV: channel, exchange, '1' for every ticker that is stored besides the named ones, symbols.
-- Gives how many were stored, then of each deleted ticker its symbol and the deletion's number.
local clock = redis.call('TIME')
local now = math.floor(clock[1] * 1000 + clock[2] / 1000)
local symbols = {}
for i = 4, #ARGV do
  symbols[ARGV[i]] = true
end
if ARGV[3] == '1' then
  for _, symbol in ipairs(redis.call('HKEYS', KEYS[1])) do
    symbols[symbol] = true
  end
end

local function number_of(text)
  local is_one = text and #text <= 16 and string.find(text, '^%d+$')
  return is_one and tonumber(text) < 9007199254740991 and tonumber(text) or nil
end

-- The last number of a symbol, as the script that stores takes it.
local function last_number_of(symbol)
  local text = redis.call('HGET', KEYS[2], symbol)
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
local numbers, size = {}, 0

local function publish()
  if size > 0 then
    redis.call('PUBLISH', ARGV[1], cjson.encode({exchange = ARGV[2], symbols = numbers}))
    numbers, size = {}, 0
  end
end

local deleted, answer = 0, {0}
for symbol in pairs(symbols) do
  local last = last_number_of(symbol)
  deleted = deleted + redis.call('HDEL', KEYS[1], symbol)
  -- A ticker that was never numbered keeps no number: the first tick's will be the clock's, later.
  local number = string.format('%.0f', last and math.max(last + 1, now) or now - 1)
  if last then
    redis.call('HSET', KEYS[2], symbol, number)
  end
  answer[#answer + 1] = symbol
  answer[#answer + 1] = number
  -- Else it is no symbol, and nobody knows it.
  if #symbol <= MAX_SYMBOL and not string.find(symbol, '[%c"\\]') then
    numbers[symbol] = number
    size = size + 1
    if size == SLICE then
      publish()
    end
  end
end
publish()
answer[1] = deleted
return answer
