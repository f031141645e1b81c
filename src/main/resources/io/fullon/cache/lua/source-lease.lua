-- Who runs the source of an exchange, and how it is.
-- KEYS: lease (hash: node, expires (ms), said, version, state (JSON)).
-- ARGV: operation, node, how long (ms), how it is (JSON without the closing brace; '': as it was),
-- the channel that tells others.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local operation, node, ttl, said, channel = unpack(ARGV)

-- A day after the last word nobody asks any more.
local KEEP_MS = 86400000

local lease = redis.call('HMGET', KEYS[1], 'node', 'expires', 'said', 'version', 'state')
local holder, expires = lease[1], tonumber(lease[2] or 0)
local held = holder and expires > now

local function tell()
  if said == '' or (said == lease[3] and holder == node and held) then
    return
  end
  -- From the clock, so that it grows also when the last one was lost.
  local version = string.format('%.0f', math.max(tonumber(lease[4] or 0) + 1, now))
  local state = said .. ',"version":' .. version .. '}'
  redis.call('HSET', KEYS[1], 'said', said, 'version', version, 'state', state)
  redis.call('PUBLISH', channel, state)
end

-- Gives 1, or 0 when another node has it; and for how long it is held (ms).
if operation == 'hold' then
  if held and holder ~= node then
    return {0, expires - now}
  end
  redis.call('HSET', KEYS[1], 'node', node, 'expires', string.format('%.0f', now + ttl))
  tell()
  redis.call('PEXPIRE', KEYS[1], KEEP_MS)
  return {1, tonumber(ttl)}
end

-- Gives 1, or 0 when another node has it.
if operation == 'release' then
  if not holder or holder ~= node then
    return {0}
  end
  redis.call('HSET', KEYS[1], 'expires', '0')
  tell()
  redis.call('HDEL', KEYS[1], 'node')
  return {1}
end

-- Gives how it is, since when nobody has it (ms; 0: somebody has, or has given it up), and for how
-- long (ms).
return {lease[5] or '', held and 0 or expires, now - expires}
