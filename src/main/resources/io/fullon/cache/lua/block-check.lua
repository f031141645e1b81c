-- Looks whether blocks of an exchange are held at this moment. KEYS: its blocks.
-- ARGV: symbol, token, symbol, token, … Gives of each 1 if it is held with this token, else 0.
local now = now_ms(redis.call('TIME'))
local held = {}
for i = 1, #ARGV, 2 do
  held[#held + 1] = block_of(KEYS[1], ARGV[i], now) == ARGV[i + 1] and 1 or 0
end
return held
