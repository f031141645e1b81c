-- Reads the orders of one exchange. KEYS: as of order-write.lua. ARGV: operation, then what it needs.
local index, orders, clients, ids = unpack(KEYS)
local operations = {}

-- The order's id, '=' if the bot's own id is bound to it, else '', and all its fields; none when there
-- is no such order, and what is none when the key has no fields but something else.
local function order(id)
  local fields = redis.pcall('HGETALL', orders .. id)
  if fields.err then
    if not string.find(fields.err, 'WRONGTYPE') then
      error(fields.err)
    end
    return {id, '', {'', fields.err}}
  end
  local bound = ''
  for i = 1, #fields, 2 do
    if fields[i] == 'client_order_id' then
      local is_json, own = pcall(cjson.decode, fields[i + 1])
      if is_json and type(own) == 'string' and redis.call('GET', clients .. own) == '=' .. id then
        bound = '='
      end
    end
  end
  return {id, bound, fields}
end

-- Orders by their own ids, or by those of the bot that are bound to them.
function operations.orders(...)
  local found = {}
  for i, id in ipairs({...}) do
    found[i] = order(id)
    local bound = #found[i][3] == 0 and string.match(redis.call('GET', clients .. id) or '', '^=(.*)')
    if bound then
      found[i] = order(bound)
    end
  end
  return found
end

-- The order that the bot calls so, or that has this id.
function operations.client(id)
  local said = redis.call('GET', clients .. id)
  return {order(said and string.sub(said, 2) or id)}
end

local function has(id, field, text)
  return text == '' or redis.pcall('HGET', orders .. id, field) == text
end

-- Orders by name: from which on, as of ZRANGEBYLEX, and how many; which symbol and bot they must have,
-- as JSON ('' for any). Of others no fields.
function operations.page(from, count, symbol, bot)
  local found = redis.call('ZRANGEBYLEX', ids, from, '+', 'LIMIT', 0, count)
  for i, id in ipairs(found) do
    local is_wanted = has(id, 'symbol', symbol) and has(id, 'bot_id', bot)
    found[i] = is_wanted and order(id) or {id, '', {}}
  end
  return found
end

-- Whether all orders are in all lists. An earlier version of this program had one list only.
function operations.complete()
  return redis.call('ZCARD', ids) >= redis.call('ZCARD', index) and 1 or 0
end

return operations[ARGV[1]](unpack(ARGV, 2))
