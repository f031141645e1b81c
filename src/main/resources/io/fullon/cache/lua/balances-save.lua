-- Saves the balances of an account, unless later ones are there.
-- KEYS: balances (hash: account -> µs or nothing, then JSON). ARGV: account, µs or '', JSON.
-- Gives 1 if they were saved, else 0.
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local known = stored and string.match(stored, '^%d+') or ''
local as_of = ARGV[2]
if as_of == '' then
  as_of = known
elseif known ~= '' and tonumber(known) > tonumber(as_of) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], as_of .. ARGV[3])
return 1
