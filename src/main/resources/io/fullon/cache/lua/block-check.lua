-- Tells who has blocks of an exchange at this moment. KEYS: its blocks. ARGV: symbols.
-- Gives of each the token and the bot; '' and '' if nobody has it.
local now = now_ms(redis.call('TIME'))
local holders = {}
for i, symbol in ipairs(ARGV) do
  local token, _, _, bot = block_of(KEYS[1], symbol, now)
  holders[2 * i - 1], holders[2 * i] = token or '', bot or ''
end
return holders
