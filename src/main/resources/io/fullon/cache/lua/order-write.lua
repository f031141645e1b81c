-- Changes the orders of one exchange, each of which is a hash: field → JSON text.
-- KEYS: when orders expire (sorted set: id → ms; inf for open ones); what keys of orders begin with;
-- what keys of bots' own ids do (string: '=' and the id of the order that is bound to it, or '~' and
-- that of the order that says so); ids of all orders (sorted set, by name); ids of open ones (sorted
-- set: id → since when, in µs); the exchange's blocks, see fence.lua, which goes before (one Cluster
-- slot).
-- ARGV: operation, then what it needs.
-- What becomes of an order is published: exchange, id and JSON (none when it is gone), a line each.
local index, orders, clients, ids, open, blocks = unpack(KEYS)
local clock = redis.call('TIME')
local micros = clock[1] * 1000000 + clock[2]
local now = now_ms(clock)
local operations = {}
local prefix, place = string.match(orders, '^(.*){orders:([^{}]*)}:order:$')

-- An ended order stays in the lists for so long, in ms, in which somebody takes it out and tells it.
local GRACE = 120000

local function publish(id, text)
  redis.call('PUBLISH', prefix .. 'orders:updates', place .. '\n' .. id .. '\n' .. text)
end

local function digits(number)
  return string.format('%.0f', number)
end

-- Whatever is there can be replaced and deleted: what has no fields too.
local function field(id, name)
  local text = redis.pcall('HGET', orders .. id, name)
  return type(text) == 'string' and text or ''
end

-- The order as JSON; nothing when there is none.
local function text_of(id)
  local fields, parts = redis.pcall('HGETALL', orders .. id), {}
  for i = 1, #fields, 2 do
    parts[#parts + 1] = cjson.encode(fields[i]) .. ':' .. fields[i + 1]
  end
  return #parts > 0 and '{' .. table.concat(parts, ',') .. '}' or ''
end

-- '-' for no order, '' for one that an earlier version of this program has saved.
local function version(id)
  local stored = field(id, 'version')
  return stored == '' and redis.call('EXISTS', orders .. id) == 0 and '-' or stored
end

-- What the order says the bot calls it. Nothing if it says nothing that is an id.
local function own_id(id)
  local text = field(id, 'client_order_id')
  if text == '' then
    return nil
  end
  local is_json, own = pcall(cjson.decode, text)
  return is_json and type(own) == 'string' and own or nil
end

-- The order that is bound to the bot's own id.
local function bound_to(own)
  return string.match(redis.call('GET', clients .. own) or '', '^=(.*)')
end

local function forget_own_id(own, id)
  if string.sub(redis.call('GET', clients .. own) or '', 2) == id then
    redis.call('DEL', clients .. own)
  end
end

-- Why an order of this symbol ('' if it is not told) must not be written with this token ('' for none):
-- 'symbol' and the stored one, which is another one; 'missing'; or 'fenced', the symbol, and the token
-- and bot that have its block. Nothing when it may.
local function refusal(id, with, symbol)
  if with == '' then
    return nil
  end
  local is_json, stored = pcall(cjson.decode, field(id, 'symbol'))
  if is_json and type(stored) == 'string' then
    if symbol ~= '' and symbol ~= stored then
      return {'symbol', stored}
    end
    symbol = stored
  end
  if symbol == '' then
    return {'missing'}
  end
  local token, _, _, bot = block_of(blocks, symbol, now)
  if token ~= with then
    return {'fenced', symbol, token or '', bot or ''}
  end
end

-- Since when the order is open. Nothing is older than what an earlier version of this program saved.
local function since(id)
  return tonumber(redis.call('ZSCORE', open, id))
    or (redis.call('ZSCORE', index, id) == 'inf' and 0 or nil)
end

local function leave_lists(id)
  redis.call('ZREM', index, id)
  redis.call('ZREM', ids, id)
  redis.call('ZREM', open, id)
end

-- Takes out what has expired, so many at a time. The lists go after the last order. Gives how many.
local function tidy(max)
  local gone = redis.call('ZRANGEBYSCORE', index, '-inf', '(' .. digits(now), 'LIMIT', 0, max)
  for _, id in ipairs(gone) do
    leave_lists(id)
    publish(id, '')
  end
  local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')[2]
  if last == 'inf' then
    -- They expire together.
    if redis.call('PERSIST', index) == 1 then
      redis.call('PERSIST', ids)
    end
  elseif last then
    redis.call('PEXPIREAT', index, digits(last + GRACE))
    redis.call('PEXPIREAT', ids, digits(last + GRACE))
  end
  return #gone
end

-- Saves fields, unless the order is another one than expected.
-- Order id; expected version ('*' to replace any); lifetime in ms ('' if it is open); when it says
-- that it was made, in µs, or ''; the bot's own id that is bound to it now, or ''; the order that
-- becomes part of it, and that one's expected version ('' and '' for none); channel on which the keys
-- of final orders are told; token of the block under which it is saved, or ''; its symbol, or ''; the
-- order as JSON, without the version and what closes it ('' if that is not known); then field, value,
-- field, value, …
-- Gives its version; nothing when something was not as expected, or a list when it is refused, and
-- nothing was done.
function operations.save(
  id, expected, lifetime, made, binds, part, part_expected, channel, token, symbol, text, ...)
  local order = orders .. id
  local before = version(id)
  local bound = binds ~= '' and bound_to(binds)
  if (expected ~= '*' and before ~= expected) or (before == '-' and (bound_to(id) or id) ~= id)
    or (bound and bound ~= id) or (part ~= '' and version(part) ~= part_expected) then
    return false
  end
  local refused = refusal(id, token, symbol)
  if refused then
    return refused
  end
  local known_since = tonumber(redis.call('ZSCORE', open, id))
  local age = math.min(known_since or since(id) or micros, tonumber(made) or micros)
  if part ~= '' then
    age = math.min(age, since(part) or micros)
    redis.call('DEL', orders .. part)
    leave_lists(part)
  end

  local old_own = own_id(id)
  local keeps_own = old_own and bound_to(old_own) == id
  local changed = expected == '*' or ... or before == '' or (binds ~= '' and binds ~= id and bound ~= id)
  local own_text = keeps_own and field(id, 'client_order_id')
  if expected == '*' then
    redis.call('DEL', order)
  end
  if changed then
    -- From the clock, so that no version comes again when the order was deleted.
    local last = math.max(tonumber(before) or micros - 1, tonumber(part_expected) or 0)
    before = digits(last + 1)
    redis.call('HSET', order, 'version', before, ...)
  end
  if expected == '*' and keeps_own then
    redis.call('HSET', order, 'client_order_id', own_text)
  end

  lifetime = tonumber(lifetime)
  local expires = lifetime and digits(now + lifetime)
  local function let_expire(key)
    if expires then
      redis.call('PEXPIREAT', key, expires)
    else
      redis.call('PERSIST', key)
    end
  end
  -- An open one does not expire.
  if expires or not known_since then
    let_expire(order)
  end
  local own = old_own
  if changed then
    own = own_id(id)
  end
  if old_own and old_own ~= own then
    forget_own_id(old_own, id)
  end
  if own and own ~= id then
    local key = clients .. own
    local said = redis.call('GET', key)
    -- Who says so last has it, unless it is bound.
    if own == binds or not said or string.sub(said, 2) == id
      or (own ~= old_own and string.sub(said, 1, 1) == '~') then
      redis.call('SET', key, ((own == binds or said == '=' .. id) and '=' or '~') .. id)
      let_expire(key)
    end
  end

  if expires then
    redis.call('ZREM', open, id)
  elseif age ~= known_since then
    redis.call('ZADD', open, digits(age), id)
  end
  if expires or not known_since or part ~= '' then
    redis.call('ZADD', index, expires or 'inf', id)
    if not known_since or part ~= '' then
      redis.call('ZADD', ids, 0, id)
    end
    tidy(10)
  end
  if changed then
    publish(id, text == '' and text_of(id) or text .. ',"version":' .. before .. '}')
  end
  if part ~= '' then
    publish(part, '')
  end
  if expires then
    redis.call('PUBLISH', channel, order)
    if own then
      redis.call('PUBLISH', channel, orders .. own)
    end
  end
  return before
end

-- An id of the order; token of its block, or ''. Gives 1 if there was one, else 0; a list when it is
-- refused.
function operations.delete(id, token)
  if version(id) == '-' then
    id = bound_to(id) or id
  end
  local refused = version(id) ~= '-' and refusal(id, token, '')
  if refused then
    return refused
  end
  local own = own_id(id)
  if own then
    forget_own_id(own, id)
  end
  local deleted = redis.call('DEL', orders .. id)
  -- One that has ended may not have been told.
  if deleted == 1 or redis.call('ZSCORE', index, id) then
    publish(id, '')
  end
  leave_lists(id)
  tidy(10)
  return deleted
end

-- Takes out what has ended by time, no more at once than Redis does in a moment. Gives how many.
function operations.tidy()
  return tidy(1000)
end

-- Orders by name: from which on, as of ZRANGEBYLEX, and how many. Gives of each the id and the version.
function operations.versions(from, count)
  local found = redis.call('ZRANGEBYLEX', ids, from, '+', 'LIMIT', 0, count)
  local answer = {}
  for i, id in ipairs(found) do
    answer[2 * i - 1], answer[2 * i] = id, version(id)
  end
  return answer
end

-- Ids. Gives of each the order as it is published.
function operations.texts(...)
  local answer = {}
  for i, id in ipairs({...}) do
    answer[i] = text_of(id)
  end
  return answer
end

-- Puts orders that an earlier version of this program has saved into the lists that it did not have,
-- some at a time. Cursor, as of ZSCAN. Gives the next one.
function operations.adopt(cursor)
  local next_cursor, page = unpack(redis.call('ZSCAN', index, cursor, 'COUNT', 500))
  for i = 1, #page, 2 do
    redis.call('ZADD', ids, 0, page[i])
    if page[i + 1] == 'inf' then
      redis.call('ZADD', open, 'NX', 0, page[i])
    end
  end
  tidy(10)
  return next_cursor
end

return operations[ARGV[1]](unpack(ARGV, 2))
