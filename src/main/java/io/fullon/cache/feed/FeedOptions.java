package io.fullon.cache.feed;

/**
 * How the feed treats its clients.
 *
 * @param limits what one client may ask
 * @param heartbeatMs after how long a silent connection gets a heartbeat
 * @param tokenWithinMs how long a client may take that sends its token as its first message
 * @param reconnectAfterMs when clients are told to come back after an orderly stop, at the earliest
 */
public record FeedOptions(
    FeedLimits limits, long heartbeatMs, long tokenWithinMs, long reconnectAfterMs) {}
