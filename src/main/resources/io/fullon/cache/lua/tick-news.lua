-- Tells whether there is news of an exchange's tickers.
-- KEYS: hash of ticks, version (one Cluster slot).
-- Gives the version, which is another one after each script that has changed something, or an empty
-- text; and how many tickers there are.
local count = redis.pcall('HLEN', KEYS[1])
if type(count) == 'table' then
  return count
end
return {redis.call('GET', KEYS[2]) or '', count}
