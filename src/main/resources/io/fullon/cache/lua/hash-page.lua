-- Reads a page of a hash that other programs may write: some entries, or a few where they are large.
-- KEYS: the hash.
-- ARGV: cursor, how many bytes of a name and of a value are wanted at most.
-- Gives the next cursor, and names and values by turns: of a longer name one byte more than that,
-- instead of a longer value its length.
local MAX_NAME, MAX_VALUE = tonumber(ARGV[2]), tonumber(ARGV[3])

-- The page ends with the step that makes it so long. A step is what is in memory at once, besides.
local ENTRIES, BYTES, STEP = 500, 262144, 20

local cursor, entries, size, bytes = ARGV[1], {}, 0, 0
repeat
  local step = redis.pcall('HSCAN', KEYS[1], cursor, 'COUNT', STEP)
  if step.err then
    return step
  end
  cursor = step[1]
  local found = step[2]
  for i = 1, #found, 2 do
    local name, value = found[i], found[i + 1]
    bytes = bytes + #name + #value
    entries[size + 1] = #name <= MAX_NAME and name or string.sub(name, 1, MAX_NAME + 1)
    entries[size + 2] = #value <= MAX_VALUE and value or #value
    size = size + 2
  end
until cursor == '0' or size >= 2 * ENTRIES or bytes >= BYTES
return {cursor, entries}
