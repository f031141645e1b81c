-- Saves an order's fields, each as JSON text, and lets the order expire when its status is final.
-- KEYS: the order's hash, index of the exchange's orders (one Cluster slot).
-- ARGV: 'merge' or 'replace', order id, lifetime of a cancelled order and of another final one (ms),
-- then field, value, field, value, …
-- Gives all fields that the order has now.
local cancelled, other = tonumber(ARGV[3]), tonumber(ARGV[4])
local lifetimes = {
  ['"canceled"'] = cancelled, ['"cancelled"'] = cancelled,
  ['"filled"'] = other, ['"closed"'] = other, ['"rejected"'] = other, ['"expired"'] = other,
}
if ARGV[1] == 'replace' then
  redis.call('DEL', KEYS[1])
end
local status = redis.call('HGET', KEYS[1], 'status')
for i = 5, #ARGV, 2 do
  -- A late status does not undo a final one.
  if ARGV[i] ~= 'status' or not lifetimes[status] or lifetimes[ARGV[i + 1]] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local lifetime = lifetimes[redis.call('HGET', KEYS[1], 'status')]
if lifetime then
  redis.call('PEXPIREAT', KEYS[1], now + lifetime)
  redis.call('ZADD', KEYS[2], now + lifetime, ARGV[2])
else
  redis.call('PERSIST', KEYS[1])
  redis.call('ZADD', KEYS[2], '+inf', ARGV[2])
end
-- Those that expired leave the index: a few at a time, and all with the last order.
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. now, 'LIMIT', 0, 10)
if #gone > 0 then
  redis.call('ZREM', KEYS[2], unpack(gone))
end
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
if last == 'inf' then
  redis.call('PERSIST', KEYS[2])
else
  redis.call('PEXPIREAT', KEYS[2], last)
end
return redis.call('HGETALL', KEYS[1])
