-- The block and the opening mark of one symbol of an exchange.
-- KEYS: blocks of the exchange, marks made without a block (hash: symbol → 'EXPIRES BOT', in ms), the
-- last token; it is there from the first block or mark on (one Cluster slot, that of its orders).
-- ARGV: operation; symbol; bot ('': it only looks); from which token on tokens grow where there is
-- none yet ('': it is to be looked for); then what the operation needs.
-- Gives nothing, and nothing is done, where that token is to be looked for.
-- What becomes of a block is published, a line each: exchange; symbol; then what, after how long it ends
-- (ms, -1: never), and the block as it is stored.
local symbol, bot, floor = ARGV[2], ARGV[3], ARGV[4]
local clock = redis.call('TIME')
local now = now_ms(clock)

local token, expires, opening, holder = block_of(KEYS[1], symbol, now)

local function publish(change, block, ends_in)
  local prefix, exchange = string.match(KEYS[1], '^(.*){orders:([^{}]*)}:blocks$')
  redis.call('PUBLISH', prefix .. 'bot:updates',
    exchange .. '\n' .. symbol .. '\n' .. change .. string.format(' %.0f ', ends_in) .. block)
end

-- What has ended does not stay for ever. Who takes it out tells it.
local function end_block()
  local ended = not token and redis.call('HGET', KEYS[1], symbol)
  if ended then
    redis.call('HDEL', KEYS[1], symbol)
    publish('expired', ended, -1)
  end
end

local mark = redis.call('HGET', KEYS[2], symbol)
local marker
if mark then
  local mark_expires
  mark_expires, marker = string.match(mark, '^(%d+) (.*)$')
  marker = tonumber(mark_expires) > now and marker or nil
end
if bot ~= '' then
  -- What is not there is not taken out: after that Redis would not refuse what grows, though it is full.
  end_block()
  if mark and not marker then
    redis.call('HDEL', KEYS[2], symbol)
  end
end
local mine = holder == bot
local others = holder and not mine
local others_mark = marker and marker ~= bot

local function is_new()
  if redis.call('EXISTS', KEYS[3]) == 1 then
    return false
  end
  if floor ~= '' then
    redis.call('SET', KEYS[3], floor)
  end
  return floor == ''
end

local function stored()
  return token .. string.format(' %.0f ', expires) .. opening .. ' ' .. bot
end

local function save()
  redis.call('HSET', KEYS[1], symbol, stored())
end

local function ends_in()
  return expires > 0 and expires - now or -1
end

local function acquire(until_ms)
  -- From the clock, so that it grows also when the last one was lost.
  local last = tonumber(redis.call('GET', KEYS[3]))
  token = string.format('%.0f', math.max(last + 1, clock[1] * 1000000 + clock[2]))
  redis.call('SET', KEYS[3], token)
  expires = until_ms
  opening = mine and opening or '0'
  save()
  publish(mine and 'renewed' or 'acquired', stored(), ends_in())
end

local operations = {}

-- Gives 1, or 0 when another bot has it.
function operations.block()
  if others then
    return 0
  end
  if mine then
    return 1
  end
  if is_new() then
    return false
  end
  acquire(0)
  return 1
end

-- How long (ms). Gives the token and when it expires (ms); none of them when another bot has it.
function operations.acquire(ttl)
  if others then
    return {}
  end
  if is_new() then
    return false
  end
  acquire(now + ttl)
  return {token, string.format('%.0f', expires)}
end

-- Token, how long (ms). Gives 1, or 0 when it is not this bot's with this token.
function operations.renew(with, ttl)
  if not mine or token ~= with then
    return 0
  end
  local before = expires
  expires = now + ttl
  save()
  -- Who waits for the end looks then whether it is one: it need not be told of a later one.
  if before == 0 or expires < before then
    publish('sooner', stored(), ends_in())
  end
  return 1
end

-- Token, or '' for that of a block that is no lease. Gives 1, or 0 when it is not this bot's with it.
function operations.release(with)
  if not mine or (with == '' and expires > 0) or (with ~= '' and token ~= with) then
    return 0
  end
  publish('released', stored(), -1)
  return redis.call('HDEL', KEYS[1], symbol)
end

-- Tells it if the block has ended. Gives after how long it will (ms); -1 when it never does or is not
-- there.
function operations.expire()
  end_block()
  return token and ends_in() or -1
end

-- Gives the bot that has it.
function operations.holder()
  return holder or false
end

-- Token of the block that it must be made under, or '' for with or without any; how long it lasts
-- without one (ms). Gives 1, or 0 when another bot has the block or the mark, or the block is not this
-- bot's with this token.
function operations.mark(with, ttl)
  if others or others_mark or (with ~= '' and not (mine and token == with)) then
    return 0
  end
  if mine then
    opening = '1'
    save()
    redis.call('HDEL', KEYS[2], symbol)
    return 1
  end
  if is_new() then
    return false
  end
  redis.call('HSET', KEYS[2], symbol, string.format('%.0f ', now + ttl) .. bot)
  return 1
end

-- Token, or '' for with or without any block. Gives 1, or 0 when another bot has the block or the mark,
-- or the block is not this bot's with this token.
function operations.unmark(with)
  if others or others_mark or (with ~= '' and not (mine and token == with)) then
    return 0
  end
  redis.call('HDEL', KEYS[2], symbol)
  if mine and opening == '1' then
    opening = '0'
    save()
  end
  return 1
end

-- Gives 1 if there is a mark, else 0.
function operations.opening()
  return (opening == '1' or marker) and 1 or 0
end

return operations[ARGV[1]](unpack(ARGV, 5))
