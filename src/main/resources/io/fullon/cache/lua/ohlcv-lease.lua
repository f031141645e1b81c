-- Which node writes the bars that are made of ticks. KEYS: lease (the node).
-- ARGV: 'hold' or 'release', node, for how long (ms). Gives 1, or 0 when another node has it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[2] then
  return 0
end
if ARGV[1] == 'hold' then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
elseif holder then
  redis.call('DEL', KEYS[1])
end
return 1
