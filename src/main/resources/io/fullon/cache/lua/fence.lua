-- Whether a block is held, for the scripts that begin with this. Blocks of an exchange are a hash:
-- symbol → 'TOKEN EXPIRES OPENING BOT' (EXPIRES in ms, 0: never; OPENING 1 or 0: a mark).

local function now_ms(clock)
  return clock[1] * 1000 + math.floor(clock[2] / 1000)
end

-- Gives token, when it ends, mark and bot; nothing when nobody has it at that time.
local function block_of(blocks, symbol, now)
  local stored = redis.call('HGET', blocks, symbol)
  if not stored then
    return nil
  end
  local token, expires, opening, bot = string.match(stored, '^(%d+) (%d+) ([01]) (.*)$')
  expires = tonumber(expires)
  if expires > 0 and expires <= now then
    return nil
  end
  return token, expires, opening, bot
end
