-- Reads what an account has, or changes it if nothing of it has changed since it was read.
-- KEYS: revision of the account; then of each command its key (one Cluster slot), of TEXTS those of
-- all its texts.
-- ARGV: the revision that it was computed from ('': only read); then of each command its name, how
-- many arguments follow, and these; then of a change a channel and the message for it, if there is
-- one. TEXTS is a SET of each of its keys: how long they stay (ms), and the texts. LINES gives members
-- of a sorted set: from which score on, and of how many lines together more is not needed.
-- Gives the revision, the clock (s, µs), and what each command gave; or, after a change, 1 if it was
-- made, else 0.
local PAGE = 100

local function lines_after(set, score, wanted)
  local members, lines, read = {}, 0, 0
  repeat
    local page = redis.call('ZRANGEBYSCORE', set, score, '+inf', 'LIMIT', read, PAGE)
    for _, member in ipairs(page) do
      members[#members + 1] = member
      lines = lines + 1 + select(2, string.gsub(member, '\n', ''))
    end
    read = read + PAGE
  until #page < PAGE or lines >= wanted
  return members
end

local revision = redis.call('GET', KEYS[1]) or '0'
local changes = ARGV[1] ~= ''
if changes and ARGV[1] ~= revision then
  return 0
end
local answer = {}
if not changes then
  local time = redis.call('TIME')
  answer = {revision, time[1], time[2]}
end
local at, key = 2, 2
while key <= #KEYS do
  local last = at + 1 + tonumber(ARGV[at + 1])
  if ARGV[at] == 'TEXTS' then
    for i = at + 3, last do
      redis.call('SET', KEYS[key], ARGV[i], 'PX', ARGV[at + 2])
      key = key + 1
    end
  elseif ARGV[at] == 'LINES' then
    answer[#answer + 1] = lines_after(KEYS[key], ARGV[at + 2], tonumber(ARGV[at + 3]))
    key = key + 1
  else
    -- Where a hash is looked for an earlier version may have left a string: it has no fields to tell.
    local call = ARGV[at] == 'HKEYS' and redis.pcall or redis.call
    local given = call(ARGV[at], KEYS[key], unpack(ARGV, at + 2, last))
    answer[#answer + 1] = type(given) == 'table' and given.err or given
    key = key + 1
  end
  at = last + 1
end
if changes then
  redis.call('INCR', KEYS[1])
  if ARGV[at] then
    redis.call('PUBLISH', ARGV[at], ARGV[at + 1])
  end
  return 1
end
return answer
