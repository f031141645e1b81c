-- Reads several orders at once. KEYS: the orders' hashes (one Cluster slot).
-- Gives of each all its fields; none when there is no such order.
local orders = {}
for i, key in ipairs(KEYS) do
  orders[i] = redis.call('HGETALL', key)
end
return orders
