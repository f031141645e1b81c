-- Reads values of a hash that other programs may write: of the first names, as many as do not hold
-- Redis up.
-- KEYS: the hash.
-- ARGV: how many bytes of a value are wanted at most, names.
-- Gives what the names have, at least of one: the value, its length where it is longer, or nil.
local MAX_VALUE, BYTES, STEP = tonumber(ARGV[1]), 262144, 20

local values, count, bytes, first = {}, 0, 0, 2
repeat
  local last = math.min(first + STEP - 1, #ARGV)
  local found = redis.pcall('HMGET', KEYS[1], unpack(ARGV, first, last))
  if found.err then
    return found
  end
  for i = 1, last - first + 1 do
    local value = found[i]
    count = count + 1
    values[count] = value
    if value then
      bytes = bytes + #value
      values[count] = #value <= MAX_VALUE and value or #value
    end
  end
  first = last + 1
until first > #ARGV or bytes >= BYTES
return values
