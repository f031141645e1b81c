-- Reads orders, each by its own id or by the bot's own one.
-- KEYS: index of the exchange's orders, what keys of orders begin with, what keys of client ids do
-- (one Cluster slot). ARGV: 'client' if a client id goes before an order of that id, else 'order';
-- ids.
-- Gives of each the id that the order has, what the client id stands for ('' if nothing), and all
-- fields of the order; none when there is no such order.
local orders = {}
for i = 2, #ARGV do
  local id = ARGV[i]
  local bound = redis.call('GET', KEYS[3] .. id)
  if bound and (ARGV[1] == 'client' or redis.call('EXISTS', KEYS[2] .. id) == 0) then
    id = bound
  end
  orders[i - 1] = {id, bound or '', redis.call('HGETALL', KEYS[2] .. id)}
end
return orders
