-- As earlier versions had it, whose blocks were in one place for all exchanges.
-- The block and the opening mark of one market, which is an exchange and a symbol.
-- KEYS: blocks (hash: market → 'TOKEN EXPIRES OPENING BOT', in ms, 0: never; 1 or 0), marks made
-- without a block (hash: market → bot), the last token (one Cluster slot).
-- ARGV: operation, market, bot ('': it only looks), then what it needs.
local market, bot = ARGV[2], ARGV[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local token, expires, opening, holder
local stored = redis.call('HGET', KEYS[1], market)
if stored then
  token, expires, opening, holder = string.match(stored, '^(%d+) (%d+) ([01]) (.*)$')
  expires = tonumber(expires)
  if expires > 0 and expires <= now then
    if bot ~= '' then
      redis.call('HDEL', KEYS[1], market)
    end
    token, expires, opening, holder = nil, nil, nil, nil
  end
end
local mine = holder == bot
local mark = redis.call('HGET', KEYS[2], market)
local others = holder and not mine
local others_mark = mark and mark ~= bot

local function save()
  redis.call('HSET', KEYS[1], market,
    token .. string.format(' %.0f ', expires) .. opening .. ' ' .. bot)
end

local function acquire(until_ms)
  -- From the clock, so that it grows also when the last one was lost.
  local last = tonumber(redis.call('GET', KEYS[3]) or 0)
  token = string.format('%.0f', math.max(last + 1, clock[1] * 1000000 + clock[2]))
  redis.call('SET', KEYS[3], token)
  expires = until_ms
  opening = mine and opening or '0'
  save()
end

local operations = {}

-- Gives 1, or 0 when another bot has it.
function operations.block()
  if others then
    return 0
  end
  if not mine then
    acquire(0)
  end
  return 1
end

-- How long (ms). Gives the token and when it expires (ms), or nothing when another bot has it.
function operations.acquire(ttl)
  if others then
    return {}
  end
  acquire(now + ttl)
  return {token, string.format('%.0f', expires)}
end

-- Token, how long (ms). Gives 1, or 0 when it is not this bot's with this token.
function operations.renew(with, ttl)
  if not mine or token ~= with then
    return 0
  end
  expires = now + ttl
  save()
  return 1
end

-- Token, or '' for any. Gives 1, or 0 when it is not this bot's with this token.
function operations.release(with)
  if not mine or (with ~= '' and token ~= with) then
    return 0
  end
  return redis.call('HDEL', KEYS[1], market)
end

-- Gives the bot that has it.
function operations.holder()
  return holder or false
end

-- Token of the block that it must be made under, or '' for with or without any. Gives 1, or 0 when
-- another bot has the block or the mark, or the block is not this bot's with this token.
function operations.mark(with)
  if others or others_mark or (with ~= '' and token ~= with) then
    return 0
  end
  if mine then
    opening = '1'
    save()
    redis.call('HDEL', KEYS[2], market)
  else
    redis.call('HSET', KEYS[2], market, bot)
  end
  return 1
end

-- Gives 1, or 0 when another bot has the block or the mark.
function operations.unmark()
  if others or others_mark then
    return 0
  end
  redis.call('HDEL', KEYS[2], market)
  if mine and opening == '1' then
    opening = '0'
    save()
  end
  return 1
end

-- Gives 1 if there is a mark, else 0.
function operations.opening()
  return (opening == '1' or mark) and 1 or 0
end

return operations[ARGV[1]](unpack(ARGV, 4))
