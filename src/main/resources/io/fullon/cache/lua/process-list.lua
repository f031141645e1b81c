-- Reads processes in pages: whose entries there are, and what they are. Not for a Cluster, where they
-- have slots of their own.
-- KEYS: hashes (process → when it last said something).
-- ARGV: cursor, 0 for the first page; what the keys of processes begin with; how many bytes of one are
--   wanted at most.
-- Gives the next cursor, 0 behind the last page, and a list: the clock, seconds and microseconds; then of
-- each process, some perhaps twice: its id, its entry, its JSON; empty where there is none, or too much.
local MAX_BYTES = tonumber(ARGV[3])

-- Some milliseconds of Redis.
local PAGE, PAGE_BYTES, STEP = 2000, 4194304, 1000

local hash, cursor = ARGV[1]:match('^(%d+):(%d+)$')
hash, cursor = tonumber(hash or 1), cursor or '0'
local clock = redis.call('TIME')
local found, bytes = {clock[1], clock[2]}, 0

repeat
  local page = redis.pcall('HSCAN', KEYS[hash], cursor, 'COUNT', STEP)
  -- Another program may have something else there.
  if page.err then
    page = {'0', {}}
  end
  for i = 1, #page[2], 2 do
    local json = redis.pcall('GET', ARGV[2] .. page[2][i])
    local is_wanted = type(json) == 'string' and #json <= MAX_BYTES
    table.insert(found, page[2][i])
    table.insert(found, page[2][i + 1])
    table.insert(found, is_wanted and json or '')
    bytes = bytes + (is_wanted and #json or 0)
  end
  cursor = page[1]
  if cursor == '0' then
    hash = hash + 1
  end
until hash > #KEYS or #found > 3 * PAGE or bytes > PAGE_BYTES

return {hash > #KEYS and '0' or hash .. ':' .. cursor, found}
