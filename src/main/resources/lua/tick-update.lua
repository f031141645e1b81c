-- Stores ticks of one exchange, each unless the stored one is later, numbers and publishes them.
-- KEYS: hash of ticks, hash of numbers (one Cluster slot).
-- ARGV: beginning of the channels' names, how far ahead a time may be (µs); then of each tick its
-- symbol, its time (µs), its JSON without the closing brace.
-- Gives of each tick its number, or nil when it was refused.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local latest_time = now + ARGV[2]
local first_number = math.floor(now / 1000)

-- The time of a stored tick in µs; other programs write there too, garbage must not lock us out.
local function time_of(json)
  local ok, tick = pcall(cjson.decode, json)
  if not ok or type(tick) ~= 'table' or type(tick.time) ~= 'number' or not tonumber(tick.price) then
    return nil
  end
  local time = math.floor(tick.time * 1000000 + 0.5)
  if time <= latest_time then
    return time
  end
end

local answers = {}
for i = 3, #ARGV, 3 do
  local symbol, time = ARGV[i], tonumber(ARGV[i + 1])
  local stored = redis.call('HGET', KEYS[1], symbol)
  local stored_time = stored and time_of(stored)
  if stored_time and stored_time > time then
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
