-- Removes numbers of tickers that are gone, a page at a time: those that Redis' clock has passed, so
-- that the first number of a new ticker will be larger.
-- KEYS: hash of ticks, hash of numbers, version, mark of who tidies (one Cluster slot).
-- ARGV: cursor, how long nobody else needs to begin (ms).
-- Gives the next cursor, and whether nothing is left of the exchange.
local PAGE, SURE_MS = 500, 1000

if ARGV[1] == '0' and not redis.call('SET', KEYS[4], '', 'NX', 'PX', ARGV[2]) then
  return {'0', 0}
end

local page = redis.call('HSCAN', KEYS[2], ARGV[1], 'COUNT', PAGE)
local clock = redis.call('TIME')
local passed = clock[1] * 1000 - SURE_MS
local names, number_of = {}, {}
for i = 1, #page[2], 2 do
  local name = page[2][i]
  names[#names + 1], number_of[name] = name, tonumber(page[2][i + 1]) or 0
end

local gone = {}
if #names > 0 then
  -- Not one after the other: a hash of short values is a list that is searched from its beginning.
  local stored = redis.call('HMGET', KEYS[1], unpack(names))
  for i, name in ipairs(names) do
    -- Without a name it is the note.
    if name ~= '' and not stored[i] and number_of[name] < passed then
      gone[#gone + 1] = name
    end
  end
end
if #gone > 0 then
  redis.call('HDEL', KEYS[2], unpack(gone))
end

if redis.call('EXISTS', KEYS[1]) == 0 and redis.call('HLEN', KEYS[2]) <= 1 then
  redis.call('DEL', KEYS[2], KEYS[3])
  return {'0', 1}
end
return {page[1], 0}
