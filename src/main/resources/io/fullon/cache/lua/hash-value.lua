-- Reads a value of a hash that other programs may write.
-- KEYS: the hash.
-- ARGV: the field's name, how many bytes are wanted at most.
-- Gives the value, or instead of a longer one its length; nil when there is none.
local value = redis.pcall('HGET', KEYS[1], ARGV[1])
local is_too_long = type(value) == 'string' and #value > tonumber(ARGV[2])
return is_too_long and #value or value
