-- Reads the clock of the server that has a key, and no other's. KEYS: the key.
-- Gives seconds and microseconds.
return redis.call('TIME')
