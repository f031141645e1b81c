-- Saves what a bot says. KEYS: hash (bot → when it said so in µs, a space, JSON). ARGV: bot, JSON.
local clock = redis.call('TIME')
local micros = string.format('%.0f', clock[1] * 1000000 + clock[2])
return redis.call('HSET', KEYS[1], ARGV[1], micros .. ' ' .. ARGV[2])
