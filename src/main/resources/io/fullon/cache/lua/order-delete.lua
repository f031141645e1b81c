-- KEYS: index of the exchange's orders, what keys of orders begin with, what keys of client ids do
-- (one Cluster slot). ARGV: the order's id, or the bot's own one.
-- Gives 1 if there was one, else 0.
local id = ARGV[1]
if redis.call('EXISTS', KEYS[2] .. id) == 0 then
  id = redis.call('GET', KEYS[3] .. id) or id
end
local client = redis.call('HGET', KEYS[2] .. id, 'client_order_id')
if client then
  client = KEYS[3] .. cjson.decode(client)
  if redis.call('GET', client) == id then
    redis.call('DEL', client)
  end
end
redis.call('ZREM', KEYS[1], id)
-- The index goes with the last order, as after a save.
local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
if last and last ~= 'inf' and tonumber(last) < 4e15 then
  local final = redis.call('ZREVRANGEBYSCORE', KEYS[1], '(1e14', '-inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  local open = tonumber(last) < 1e14 and 0 or last / 1000
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.max(open, tonumber(final or 0)) + 1))
end
return redis.call('DEL', KEYS[2] .. id)
