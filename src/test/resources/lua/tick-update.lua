return redis.error_reply('a script of an application that uses the library')
