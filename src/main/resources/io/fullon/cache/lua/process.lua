-- One step of the registry of processes, which the Python package has too. Texts of JSON are cut and
-- put together as they are, so that no digit is lost; times are those of this server.
-- KEYS: 1 a process, JSON; 2 hash (process → when it last said something); 3 hash (component →
--   process). In a Cluster the first one alone, and the caller does the rest. Else see ARGV.
-- ARGV: 1 what is done, then
--   clock: nothing. KEYS: any. Gives the time in ISO 8601 and in seconds, both as Python writes them.
--   register: process, component, JSON, its time. Nothing where there is one of that id.
--   update: process; status, message and params in JSON, empty for none; '1' if it is alive.
--   stop: process, message in JSON; and where only that may be stopped which was read: the JSON, the
--     time in hash 2.
--   forget: process, component, time in hash 2 that must still be there.
--   unlink: component, process. KEYS: hash 3.
--   broadcast: its JSON up to where its time begins. KEYS: the channel. Gives how many have got it.
-- Gives, unless said: the time and the component; nothing where there is no such process, or it has
-- changed; its length where it would be too long.
local KEPT_SECONDS, MAX_BYTES = 86400, 65536
local QUOTE, BACKSLASH, OPEN_BRACE, OPEN_BRACKET = 34, 92, 123, 91

local clock = redis.call('TIME')
local seconds, micros = tonumber(clock[1]), tonumber(clock[2])

-- The calendar by Howard Hinnant's "chrono-compatible low-level date algorithms": years begin in March.
local function iso_time()
  local day = math.floor(seconds / 86400) + 719468
  local era = math.floor(day / 146097)
  day = day - era * 146097
  local year =
    math.floor((day - math.floor(day / 1460) + math.floor(day / 36524) - math.floor(day / 146096)) / 365)
  day = day - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * day + 2) / 153)
  day = day - math.floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  year = year + era * 400 + (month <= 2 and 1 or 0)
  local of_day = seconds % 86400
  local text = string.format('%04d-%02d-%02dT%02d:%02d:%02d',
    year, month, day, math.floor(of_day / 3600), math.floor(of_day / 60) % 60, of_day % 60)
  return text .. (micros > 0 and string.format('.%06d', micros) or '') .. '+00:00'
end

local now = iso_time()
local now_json = '"' .. now .. '"'

-- Texts of JSON that cjson has read, so there is nothing wrong with them.

local function end_of_text(json, at)
  at = json:find('["\\]', at + 1)
  while json:byte(at) == BACKSLASH do
    at = json:find('["\\]', at + 2)
  end
  return at
end

local function end_of_value(json, at)
  local first = json:byte(at)
  if first == QUOTE then
    return end_of_text(json, at)
  end
  if first ~= OPEN_BRACE and first ~= OPEN_BRACKET then
    return json:find('[,}%]%s]', at) - 1
  end
  local depth = 0
  while true do
    local byte = json:byte(at)
    if byte == QUOTE then
      at = end_of_text(json, at)
    elseif byte == OPEN_BRACE or byte == OPEN_BRACKET then
      depth = depth + 1
    else
      depth = depth - 1
      if depth == 0 then
        return at
      end
    end
    at = json:find('["{}%[%]]', at + 1)
  end
end

-- The fields of an object in their order: their names as text and as JSON, and their values as JSON.
local function fields(json)
  local object = {names = {}, keys = {}, values = {}}
  local at = json:find('["}]', json:find('{', 1, true) + 1)
  while json:byte(at) == QUOTE do
    local close = end_of_text(json, at)
    local key = json:sub(at, close)
    local name = cjson.decode('[' .. key .. ']')[1]
    local first = json:find('[^%s:]', close + 1)
    local last = end_of_value(json, first)
    if not object.values[name] then
      table.insert(object.names, name)
    end
    object.keys[name] = key
    object.values[name] = json:sub(first, last)
    at = json:find('["}]', last + 1)
  end
  return object
end

local function put(object, name, key, value)
  if not object.values[name] then
    table.insert(object.names, name)
    object.keys[name] = key
  end
  object.values[name] = value
end

local function set(object, name, value)
  if value ~= '' then
    put(object, name, '"' .. name .. '"', value)
  end
end

local function text_of(object)
  local parts = {}
  for i, name in ipairs(object.names) do
    parts[i] = object.keys[name] .. ':' .. object.values[name]
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

-- The first level only, as Python's dict.update does.
local function merged(json, more)
  local object = fields(json and json:byte(1) == OPEN_BRACE and json or '{}')
  local others = fields(more)
  for _, name in ipairs(others.names) do
    put(object, name, others.keys[name], others.values[name])
  end
  return text_of(object)
end

-- What another program may have written; nil where that is no process.
local function read(json)
  if not json or #json > MAX_BYTES then
    return nil
  end
  local is_json, values = pcall(cjson.decode, json)
  if not is_json or type(values) ~= 'table' or not json:find('^%s*{') then
    return nil
  end
  return values
end

local function component_of(values)
  return type(values.component) == 'string' and values.component or ''
end

local function unlink(hash, component, process)
  if redis.call('HGET', hash, component) == process then
    redis.call('HDEL', hash, component)
  end
end

local function leave(process, component)
  if KEYS[2] then
    redis.call('HDEL', KEYS[2], process)
    unlink(KEYS[3], component, process)
  end
end

local function save(json)
  redis.call('SET', KEYS[1], json, 'EX', KEPT_SECONDS)
end

local steps = {}

function steps.clock()
  local fraction = string.format('%06d', micros):gsub('0+$', '')
  return {now, clock[1] .. '.' .. (fraction == '' and '0' or fraction)}
end

function steps.register(process, component, json, time)
  if redis.call('EXISTS', KEYS[1]) == 1 then
    return nil
  end
  save(json)
  if KEYS[2] then
    redis.call('HSET', KEYS[2], process, time)
    redis.call('HSET', KEYS[3], component, process)
  end
  return {time, component}
end

function steps.update(process, status, message, params, is_alive)
  local json = redis.call('GET', KEYS[1])
  local values = read(json)
  -- What was stopped stays so, unless it is told to be something else.
  if not values or (values.status == 'stopped' and (status == '' or status == '"stopped"')) then
    return nil
  end
  local object = fields(json)
  if params ~= '' then
    set(object, 'params', merged(object.values.params, params))
  end
  set(object, 'status', status)
  set(object, 'message', message)
  set(object, 'updated_at', now_json)
  set(object, 'heartbeat', is_alive == '1' and now_json or '')
  json = text_of(object)
  if #json > MAX_BYTES then
    return #json
  end
  save(json)
  local component = component_of(values)
  if KEYS[2] then
    redis.call('HSET', KEYS[2], process, now)
    -- Another one of that name may have gone, and taken the entry along.
    redis.call('HSETNX', KEYS[3], component, process)
  end
  return {now, component}
end

-- What is as large as it may be goes without what does not fit, since it could not be read any more:
-- the message, its own one too, the params.
local function stopped(json, message)
  local object = fields(json)
  set(object, 'status', '"stopped"')
  set(object, 'updated_at', now_json)
  local own = object.values.message or '""'
  for _, field in ipairs({{'message', message}, {'message', own}, {'message', '""'}, {'params', '{}'}}) do
    set(object, field[1], field[2])
    local text = text_of(object)
    if #text <= MAX_BYTES then
      return text
    end
  end
  return json
end

function steps.stop(process, message, expected, entry)
  local json = redis.call('GET', KEYS[1])
  local values = read(json)
  if not values
    or (expected and json ~= expected)
    or (entry and KEYS[2] and redis.call('HGET', KEYS[2], process) ~= entry) then
    return nil
  end
  save(stopped(json, message))
  local component = component_of(values)
  leave(process, component)
  return {now, component}
end

function steps.forget(process, component, entry)
  if KEYS[2] and redis.call('HGET', KEYS[2], process) ~= entry then
    return nil
  end
  leave(process, component)
  return {now, component}
end

function steps.unlink(component, process)
  unlink(KEYS[1], component, process)
  return {now, component}
end

function steps.broadcast(json)
  return redis.call('PUBLISH', KEYS[1], json .. now_json .. '}')
end

return steps[ARGV[1]](unpack(ARGV, 2))
