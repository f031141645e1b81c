-- Tells whether there is news of an exchange's tickers.
-- KEYS: hash of ticks, version (one Cluster slot).
-- Gives the version, which is another one after each script that has changed something, or an empty
-- text; and how many tickers there are.
local count = redis.pcall('HLEN', KEYS[1])
if type(count) == 'table' then
  return count
end
-- Whatever else is there must not pass for what is wrong with the ticks.
local version = redis.pcall('GET', KEYS[2])
return {type(version) == 'string' and version or '', count}
