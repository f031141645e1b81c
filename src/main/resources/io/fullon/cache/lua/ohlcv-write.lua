-- Stores bars of one market by time, each once, rolls 1m bars up into longer ones, tells what has
-- changed, and forgets the oldest.
-- KEYS: sorted sets of bars by their begin (s): 1m, 5m, 15m, 30m, 1h, 4h, 1d (one Cluster slot);
-- then a hash: which bars were lost.
-- Each lasts a whole number of the one before, so that is what it is rolled up from.
-- ARGV: operation, channel, place of what is told, how many are kept, now (ms); then
--   bring: the timeframe, bars: 'begin final(f, r, -) corrected(c, -) ticks open
--     high low close volume'; gives how many were new or changed;
--   build: how many minutes come, those: 'begin open high low close first last unnumbered numbers'
--     with first and last tick as 'time:number' of fixed length; then what has ended: 'timeframe begin';
--   delete: the timeframe; gives how many there were.
-- A bar: 'begin flags ticks open high low close volume', absent: '-'; flags of b (brought), f
-- (final), c (corrected). Behind a 1m bar of ticks: first, last, unnumbered, numbers. Behind a longer
-- bar that was brought: '|' and what it would be: ticks open high low close volume.
local operation, channel, place, keep, now = unpack(ARGV, 1, 5)
keep, now = tonumber(keep), tonumber(now)

local NAMES = {'1m', '5m', '15m', '30m', '1h', '4h', '1d'}
local LEVELS = {}
for level, name in ipairs(NAMES) do
  LEVELS[name] = level
end
local SECONDS = {60, 300, 900, 1800, 3600, 14400, 86400}
local FINAL_AFTER_MS = 2000
local MAX_CHARACTERS = 64
-- The most that a bar is rolled up from.
local MAX_PARTS = 6
local LOST = KEYS[#NAMES + 1]

-- Decimals: texts in plain notation

local function parts_of(text)
  local sign, whole, places = string.match(text, '^(%-?)0*(%d*)%.?(%d*)$')
  return sign, whole, (string.gsub(places, '0+$', ''))
end

-- Doubles are in the order of decimals, but some that differ are the same double.
local function is_less(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x ~= y or a == b then
    return x < y
  end
  local sign, whole, places = parts_of(a)
  local _, other_whole, other_places = parts_of(b)
  local less
  if #whole ~= #other_whole then
    less = #whole < #other_whole
  elseif whole ~= other_whole then
    less = whole < other_whole
  elseif places ~= other_places then
    less = places < other_places
  else
    return false
  end
  return less ~= (sign == '-')
end

-- Of equal ones that with more digits, whichever comes first.
local function greater(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x ~= y then
    return x > y and a or b
  end
  if a == b or is_less(a, b) then
    return b
  end
  return (is_less(b, a) or #a >= #b) and a or b
end

local function smaller(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x ~= y then
    return x < y and a or b
  end
  if a == b or is_less(b, a) then
    return b
  end
  return (is_less(a, b) or #a >= #b) and a or b
end

-- None is negative. So many digits fit into a double with a carry.
local CHUNK = 14

local function sum(a, b)
  local whole, places = string.match(a, '^(%d+)%.?(%d*)$')
  local other_whole, other_places = string.match(b, '^(%d+)%.?(%d*)$')
  local scale = math.max(#places, #other_places)
  local size = math.max(#whole, #other_whole) + scale
  size = math.ceil((size + 1) / CHUNK) * CHUNK
  local x = whole .. places .. string.rep('0', scale - #places)
  local y = other_whole .. other_places .. string.rep('0', scale - #other_places)
  x, y = string.rep('0', size - #x) .. x, string.rep('0', size - #y) .. y
  local digits, carry = '', 0
  for last = size, 1, -CHUNK do
    local part = tonumber(string.sub(x, last - CHUNK + 1, last))
      + tonumber(string.sub(y, last - CHUNK + 1, last)) + carry
    carry = part >= 1e14 and 1 or 0
    digits = string.format('%014.0f', part - carry * 1e14) .. digits
  end
  local result = string.match(string.sub(digits, 1, size - scale), '^0*(%d+)$')
  return scale == 0 and result or result .. '.' .. string.sub(digits, size - scale + 1)
end

-- Bars

local function parse(text)
  local begin, flags, values, ticks, open, high, low, close, volume, more =
    string.match(text, '^(%d+) (%S+) ((%S+) (%S+) (%S+) (%S+) (%S+) (%S+))(.*)$')
  return {
    begin = tonumber(begin), text = text, values = values,
    brought = string.find(flags, 'b', 1, true) ~= nil,
    final = string.find(flags, 'f', 1, true) ~= nil,
    corrected = string.find(flags, 'c', 1, true) ~= nil,
    ticks = ticks, open = open, high = high, low = low, close = close, volume = volume,
    more = more,
  }
end

-- To be asked for when they do not change any more.
local function values_of(bar)
  if not bar.values then
    bar.values =
      table.concat({bar.ticks, bar.open, bar.high, bar.low, bar.close, bar.volume}, ' ')
  end
  return bar.values
end

local function text_of(bar, flags)
  flags = flags .. (bar.final and 'f' or '') .. (bar.corrected and 'c' or '')
  return string.format('%.0f %s %s', bar.begin, flags == '' and '-' or flags, values_of(bar))
end

-- As everybody sees it, whoever made it.
local function shown(bar)
  return text_of(bar, '')
end

local function find(level, begin)
  local digits = string.format('%.0f', begin)
  local text = redis.call('ZRANGEBYSCORE', KEYS[level], digits, digits)[1]
  return text and parse(text)
end

local function end_of(level, begin)
  return (begin + SECONDS[level]) * 1000
end

local function is_over(level, begin, after)
  return end_of(level, begin) + after <= now
end

local clock = redis.call('TIME')
local clock_ms = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- Whether it has been seen as final: reading it goes by the time, and nobody may have made it so.
local function was_final(level, bar)
  return bar.final or end_of(level, bar.begin) + FINAL_AFTER_MS <= clock_ms
end

-- Of each timeframe what has changed for who sees it, by begin, and whether there are more bars.
local news, grown = {}, {}
for level = 1, #NAMES do
  news[level] = {}
end

local function put(level, old, bar)
  if old and was_final(level, old) then
    bar.final = true
    bar.corrected = bar.corrected or old.corrected or values_of(old) ~= values_of(bar)
  end
  bar.text = text_of(bar, bar.brought and 'b' or '') .. bar.more
  if old and old.text == bar.text then
    return false
  end
  local digits = string.format('%.0f', bar.begin)
  if old then
    redis.call('ZREM', KEYS[level], old.text)
  else
    grown[level] = true
  end
  redis.call('ZADD', KEYS[level], digits, bar.text)
  if old and not old.final == not bar.final and not old.corrected == not bar.corrected
    and values_of(old) == values_of(bar) then
    return false
  end
  news[level][bar.begin] = shown(bar)
  return true
end

-- What a bar is without what was brought in its place; 1m bars are as they are.
local function made(level, bar)
  if level == 1 or not bar.brought then
    return bar
  end
  local ticks, open, high, low, close, volume =
    string.match(bar.more, '^ | (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  return ticks and {
    begin = bar.begin, ticks = ticks, open = open, high = high, low = low, close = close,
    volume = volume,
  }
end

-- Rolling up

local function rolled(parts)
  local all = {
    ticks = 0, open = parts[1].open, high = parts[1].high, low = parts[1].low,
    close = parts[#parts].close, volume = '0',
  }
  for i = 1, #parts do
    local part = parts[i]
    if i > 1 then
      all.high, all.low = greater(all.high, part.high), smaller(all.low, part.low)
    end
    all.ticks = all.ticks ~= '-' and part.ticks ~= '-' and all.ticks + part.ticks or '-'
    if all.volume ~= '-' and part.volume ~= '-' then
      all.volume = i == 1 and part.volume or sum(all.volume, part.volume)
    else
      all.volume = '-'
    end
  end
  if all.ticks ~= '-' then
    all.ticks = string.format('%.0f', all.ticks)
  end
  if #all.volume > MAX_CHARACTERS then
    all.volume = '-'
  end
  return all
end

-- What was lost: forgotten or deleted while the bars remain that were made of it

local lost_texts = redis.call('HMGET', LOST, unpack(NAMES))

-- Of a timeframe the latest period of the next longer one that has lost bars, and those.
local function lost_of(level)
  local period, texts = string.match(lost_texts[level] or '', '^(%d+)(.*)$')
  if not period then
    return nil
  end
  local bars = {}
  for text in string.gmatch(texts, '[^\n]+') do
    bars[#bars + 1] = parse(text)
  end
  return {period = tonumber(period), bars = bars}
end

-- A bar that was lost, with what was made in its place since: 1m bars of ticks of other ticks, longer
-- ones of bars of which some may have been lost too.
local function both(level, lost, bar)
  local all = rolled({lost, bar})
  all.begin = bar.begin
  if level > 1 then
    all.ticks = all.ticks ~= '-' and greater(lost.ticks, bar.ticks) or '-'
    all.volume = all.volume ~= '-' and greater(lost.volume, bar.volume) or '-'
  end
  return all
end

-- Bars that were lost, and those that are there. A 1m bar that was brought replaces what was lost.
local function joined(level, lost, bars)
  local by_begin, all = {}, {}
  for _, bar in ipairs(lost) do
    by_begin[bar.begin] = bar
  end
  for _, bar in ipairs(bars) do
    local before = by_begin[bar.begin]
    by_begin[bar.begin] = before and not bar.brought and both(level, before, bar) or bar
  end
  for _, bar in pairs(by_begin) do
    all[#all + 1] = bar
  end
  table.sort(all, function(one, other) return one.begin < other.begin end)
  return all
end

local function forget_lost(level)
  redis.call('HDEL', LOST, NAMES[level])
  lost_texts[level] = false
end

-- Remembers bars, ascending, that are deleted; only those of the last period: no other goes on.
local function lose(level, texts)
  if level == #NAMES then
    return
  end
  if redis.call('EXISTS', KEYS[level + 1]) == 0 then
    forget_lost(level)
    return
  end
  local last = tonumber(string.match(texts[#texts], '^%d+'))
  local period = last - last % SECONDS[level + 1]
  local before = lost_of(level)
  if before and before.period > period then
    return
  end
  local bars = {}
  for _, text in ipairs(texts) do
    if tonumber(string.match(text, '^%d+')) >= period then
      bars[#bars + 1] = made(level, parse(text))
    end
  end
  local lines = {string.format('%.0f', period)}
  local known = before and before.period == period and before.bars or {}
  for _, bar in ipairs(joined(level, known, bars)) do
    lines[#lines + 1] = shown(bar)
  end
  lost_texts[level] = table.concat(lines, '\n')
  redis.call('HSET', LOST, NAMES[level], lost_texts[level])
end

-- What a period is now that was that before. Where it is not known any more what was lost, what is
-- brought can only widen it, unless it is all there is.
local function remade(level, begin, parts, before)
  local lost = before and lost_of(level - 1)
  if not lost or begin > lost.period then
    return rolled(parts)
  end
  if begin == lost.period then
    return rolled(joined(level - 1, lost.bars, parts))
  end
  local step = SECONDS[level - 1]
  if #parts == SECONDS[level] / step then
    return rolled(parts)
  end
  local bar = rolled({before, unpack(parts)})
  bar.close, bar.ticks, bar.volume = before.close, before.ticks, before.volume
  if operation == 'bring' then
    local first, last = parts[1], parts[#parts]
    bar.open = first.begin == begin and first.open or bar.open
    bar.close = last.begin + step == begin + SECONDS[level] and last.close or bar.close
  end
  return bar
end

-- Gives whether what it is made of has changed.
local function roll(level, begin)
  local parts = {}
  for _, text in ipairs(redis.call('ZRANGEBYSCORE', KEYS[level - 1],
      string.format('%.0f', begin), string.format('(%.0f', begin + SECONDS[level]))) do
    parts[#parts + 1] = made(level - 1, parse(text))
  end
  if #parts == 0 then
    return false
  end
  local old = find(level, begin)
  local before = old and made(level, old)
  local bar = remade(level, begin, parts, before)
  local values = values_of(bar)
  local is_changed = not before or values_of(before) ~= values
  if old and old.brought then
    old.more = ' | ' .. values
    put(level, parse(old.text), old)
    return is_changed
  end
  bar.begin, bar.more = begin, ''
  bar.final = is_over(level, begin, FINAL_AFTER_MS)
  put(level, old, bar)
  return is_changed
end

-- From a level on.
local function roll_up(first, begins)
  for level = first, #NAMES do
    local periods, order = {}, {}
    for _, begin in ipairs(begins) do
      local period = begin - begin % SECONDS[level]
      if not periods[period] then
        periods[period] = true
        order[#order + 1] = period
      end
    end
    begins = {}
    for _, period in ipairs(order) do
      if roll(level, period) then
        begins[#begins + 1] = period
      end
    end
  end
end

-- What programs bring

local function bring(level, first)
  local changed, begins = {}, {}
  for i = first, #ARGV do
    local begin, final, corrected, ticks, open, high, low, close, volume = string.match(ARGV[i],
      '^(%d+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
    begin = tonumber(begin)
    local old = find(level, begin)
    local bar = {
      begin = begin, brought = true, more = '',
      final = final == 'f' or (final == '-' and is_over(level, begin, 0)),
      corrected = corrected == 'c',
      ticks = ticks, open = open, high = high, low = low, close = close, volume = volume,
    }
    local before = old and made(level, old)
    if level > 1 and before then
      bar.more = ' | ' .. values_of(before)
    end
    if put(level, old, bar) then
      changed[#changed + 1] = begin
    end
    if not old or values_of(old) ~= values_of(bar) then
      begins[#begins + 1] = begin
    end
  end
  if level == 1 then
    roll_up(2, begins)
  end
  return changed
end

-- What ticks make

local ONES = {
  ['0'] = 0, ['1'] = 1, ['2'] = 1, ['3'] = 2, ['4'] = 1, ['5'] = 2, ['6'] = 2, ['7'] = 3,
  ['8'] = 1, ['9'] = 2, a = 2, b = 3, c = 2, d = 3, e = 3, f = 4,
}

-- Bits as ';word.hex,word.hex', each word of 32 bits: those of both, and how many they are.
local function union_of_bits(a, b)
  local words, order = {}, {}
  for first, digits in string.gmatch(a .. ',' .. b, '(%d+)%.(%x+)') do
    local word = tonumber(first)
    for one in string.gmatch(digits, '%x%x%x%x%x%x%x%x') do
      if not words[word] then
        words[word] = 0
        order[#order + 1] = word
      end
      words[word] = bit.bor(words[word], tonumber(one, 16))
      word = word + 1
    end
  end
  table.sort(order)
  local texts, size = {}, 0
  for i, word in ipairs(order) do
    if order[i - 1] ~= word - 1 then
      texts[#texts + 1] = string.format('%s%.0f.', i == 1 and ';' or ',', word)
    end
    local digits = bit.tohex(words[word])
    texts[#texts + 1] = digits
    for digit in string.gmatch(digits, '[^0]') do
      size = size + ONES[digit]
    end
  end
  return table.concat(texts), size
end

-- Numbers as 'from-to,from-to', ascending, and bits of those that are repeats: those of both, and how
-- many there are without the repeats.
local function union(a, b)
  local all = {}
  for from, to in string.gmatch(a .. ',' .. b, '(%d+)%-(%d+)') do
    all[#all + 1] = {tonumber(from), tonumber(to)}
  end
  table.sort(all, function(one, other) return one[1] < other[1] end)
  local size, texts, last = 0, {}, nil
  local function close()
    if last then
      size = size + last[2] - last[1] + 1
      texts[#texts + 1] = string.format('%.0f-%.0f', last[1], last[2])
    end
  end
  for _, range in ipairs(all) do
    if last and range[1] <= last[2] + 1 then
      last[2] = math.max(last[2], range[2])
    else
      close()
      last = range
    end
  end
  close()
  local repeats, count = union_of_bits(a, b)
  return #texts == 0 and '-' or table.concat(texts, ',') .. repeats, size - count
end

local function build(text)
  local begin, open, high, low, close, first, last, unnumbered, numbers = string.match(text,
    '^(%d+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  begin = tonumber(begin)
  local old = find(1, begin)
  if old and old.brought then
    return nil
  end
  local bar = {begin = begin, open = open, high = high, low = low, close = close, volume = '-'}
  local more = old and old.more or '    -'
  local old_first, old_last, old_unnumbered, old_numbers =
    string.match(more, '^ (%S*) (%S*) (%S*) (%S+)$')
  if old then
    bar.high, bar.low = greater(high, old.high), smaller(low, old.low)
    if old_first < first then
      bar.open, first = old.open, old_first
    end
    if old_last > last then
      bar.close, last = old.close, old_last
    end
    unnumbered = string.format('%.0f', math.max(unnumbered, old_unnumbered))
  end
  local all, size = union(numbers, old_numbers)
  bar.ticks = string.format('%.0f', size + unnumbered)
  bar.more = table.concat({'', first, last, unnumbered, all}, ' ')
  bar.final = is_over(1, begin, FINAL_AFTER_MS)
  put(1, old, bar)
  return begin, old, bar
end

-- Where all that is new is that ticks came to the latest 1m bar, the running ones of ticks alone go on
-- with it: as if they were rolled up, in a third of the time. Gives the first level of which that is
-- not so.
local function go_on(old, bar)
  if not old or old.final or bar.final or old.open ~= bar.open
    or redis.call('ZRANGE', KEYS[1], -1, -1)[1] ~= bar.text then
    return 2
  end
  local more = bar.ticks - old.ticks
  for level = 2, #NAMES do
    local stored = redis.call('ZRANGE', KEYS[level], -1, -1)[1] or ''
    local digits, ticks, open, high, low =
      string.match(stored, '^(%d+) %- (%d+) (%S+) (%S+) (%S+) %S+ %-$')
    local begin = tonumber(digits)
    local lost = string.match(lost_texts[level - 1] or '', '^%d+')
    if begin ~= bar.begin - bar.begin % SECONDS[level]
      or is_over(level, begin, FINAL_AFTER_MS) or was_final(level, {begin = begin})
      or (lost and begin <= tonumber(lost)) then
      return level
    end
    local text = string.format('%s - %.0f %s %s %s %s -', digits, ticks + more, open,
      greater(high, bar.high), smaller(low, bar.low), bar.close)
    if text ~= stored then
      redis.call('ZREM', KEYS[level], stored)
      redis.call('ZADD', KEYS[level], digits, text)
      news[level][begin] = text
    end
  end
  return #NAMES + 1
end

local function build_all(count)
  local begins, level = {}, 2
  for i = 7, 6 + count do
    local begin, old, bar = build(ARGV[i])
    begins[#begins + 1] = begin
    level = begin and count == 1 and go_on(old, bar) or level
  end
  roll_up(level, begins)
end

local function finish(text)
  local name, begin = string.match(text, '^(%S+) (%d+)$')
  local level = LEVELS[name]
  begin = tonumber(begin)
  local old = find(level, begin)
  if old and not old.final and is_over(level, begin, FINAL_AFTER_MS) then
    local bar = parse(old.text)
    bar.final = true
    put(level, old, bar)
  end
end

-- How many values Lua can pass at once is limited.
local SLICE = 1000

-- Gives when the oldest begins that is kept.
local function trim(level)
  local more = redis.call('ZCARD', KEYS[level]) - keep
  if more <= 0 then
    return 0
  end
  for first = 1, more, SLICE do
    local count = math.min(SLICE, more - first + 1)
    local texts = redis.call('ZRANGE', KEYS[level], 0, count - 1)
    redis.call('ZREM', KEYS[level], unpack(texts))
    lose(level, texts)
  end
  return tonumber(string.match(redis.call('ZRANGE', KEYS[level], 0, 0)[1], '^%d+'))
end

-- So much is told in one message.
local NEWS = 50
local waiting = {}

local function publish()
  if #waiting > 0 then
    redis.call('PUBLISH', channel, table.concat(waiting, '\0'))
    waiting = {}
  end
end

local function tell_one(level, text)
  waiting[#waiting + 1] = place .. '.' .. NAMES[level] .. '\n\n' .. text
  if #waiting == NEWS then
    publish()
  end
end

local function tell(level, oldest)
  local begins = {}
  for begin in pairs(news[level]) do
    if begin >= oldest then
      begins[#begins + 1] = begin
    end
  end
  table.sort(begins)
  for _, begin in ipairs(begins) do
    tell_one(level, news[level][begin])
  end
end

if operation == 'delete' then
  local level = LEVELS[ARGV[6]]
  local count = redis.call('ZCARD', KEYS[level])
  if count > 0 then
    lose(level, redis.call('ZRANGE', KEYS[level], -MAX_PARTS, -1))
    redis.call('DEL', KEYS[level])
    if level > 1 then
      redis.call('HDEL', LOST, NAMES[level - 1])
    end
    tell_one(level, '')
    publish()
  end
  return count
end

local changed, level = {}, 1
if operation == 'bring' then
  level = LEVELS[ARGV[6]]
  changed = bring(level, 7)
else
  local minutes = tonumber(ARGV[6])
  build_all(minutes)
  for i = 7 + minutes, #ARGV do
    finish(ARGV[i])
  end
end

local count = 0
for i = 1, #NAMES do
  local oldest = grown[i] and trim(i) or 0
  tell(i, oldest)
  if i == level then
    for _, begin in ipairs(changed) do
      count = count + (begin >= oldest and 1 or 0)
    end
  end
end
publish()
return count
