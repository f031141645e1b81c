-- Saves positions of one account, all or none.
-- KEYS: positions (hash: symbol → JSON), last versions of deleted ones (hash), time up to which
-- fills are contained (one Cluster slot).
-- ARGV: 'upsert' or 'replace', that time (µs, or ''), then of each position its symbol, the version
-- that the stored one must have ('': any), its JSON without the closing brace.
-- Gives nothing, or the first symbol whose version does not fit and the version that it has.
local function version_of(symbol)
  local stored = redis.call('HGET', KEYS[1], symbol)
  return stored and cjson.decode(stored).version or 0
end

local given = {}
for i = 3, #ARGV, 3 do
  local symbol, expected = ARGV[i], ARGV[i + 1]
  local version = version_of(symbol)
  if expected ~= '' and tonumber(expected) ~= version then
    return {symbol, version}
  end
  given[symbol] = version
end

if ARGV[1] == 'replace' then
  for _, symbol in ipairs(redis.call('HKEYS', KEYS[1])) do
    if not given[symbol] then
      redis.call('HSET', KEYS[2], symbol, string.format('%.0f', version_of(symbol)))
      redis.call('HDEL', KEYS[1], symbol)
    end
  end
  if ARGV[2] == '' then
    redis.call('DEL', KEYS[3])
  else
    redis.call('SET', KEYS[3], ARGV[2])
  end
end

for i = 3, #ARGV, 3 do
  local symbol = ARGV[i]
  local version = math.max(given[symbol], tonumber(redis.call('HGET', KEYS[2], symbol) or 0)) + 1
  redis.call('HDEL', KEYS[2], symbol)
  redis.call('HSET', KEYS[1], symbol,
    ARGV[i + 2] .. ',"version":' .. string.format('%.0f', version) .. '}')
end
return {}
