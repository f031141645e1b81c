-- Takes over an exchange's blocks and marks of earlier versions of this program, once.
-- KEYS: as of bot-block.lua. ARGV: last token, how long marks last (ms), how many blocks; of each
-- symbol and block; then of each mark symbol and bot.
if redis.call('EXISTS', KEYS[3]) == 1 then
  return
end
local first_mark = 4 + 2 * ARGV[3]
for i = 4, first_mark - 1, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
local expires = string.format('%.0f ', now_ms(redis.call('TIME')) + ARGV[2])
for i = first_mark, #ARGV, 2 do
  redis.call('HSET', KEYS[2], ARGV[i], expires .. ARGV[i + 1])
end
redis.call('SET', KEYS[3], ARGV[1])
