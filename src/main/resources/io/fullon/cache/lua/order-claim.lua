-- Has an order belong to an account, and takes that back when the call that did so is refused.
-- KEYS: the account that the order belongs to; which call's claim it is, if no other call of the
-- account has relied on it (one Cluster slot).
-- ARGV: 'claim', the account, the call, ms until it is forgotten, ms for which it can be taken back;
-- 'release', the account, the call; or 'disown', the account.
-- Gives the account that it belongs to, or nil.
local owner = redis.call('GET', KEYS[1])
if ARGV[1] == 'disown' then
  if owner == ARGV[2] then
    redis.call('DEL', KEYS[1], KEYS[2])
  end
elseif ARGV[1] == 'release' then
  if owner == ARGV[2] and redis.call('GET', KEYS[2]) == ARGV[3] then
    redis.call('DEL', KEYS[1], KEYS[2])
  end
elseif not owner then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[5])
  return ARGV[2]
elseif owner == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
return owner
