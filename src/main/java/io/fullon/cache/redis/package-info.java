/**
 * The way to Redis.
 *
 * <ul>
 *   <li>{@code RedisLink}: a service's own way, on its own event loop. It routes each command with
 *       a {@code Topology} ({@code SingleServer} or {@code ClusterTopology}) to a {@code
 *       ServerLink}, a held connection with deadlines that comes back by itself.
 *   <li>{@code RedisDeployment}: what a node knows of one Redis, shared by all its links. {@code
 *       Masters} know who is master of what ({@code FixedMaster}, {@code SentinelMaster}, {@code
 *       ClusterSlots}); {@code Subscriptions} hear all that is published, on one connection with
 *       one heartbeat. {@code Subscription} is a listener's part of it.
 * </ul>
 */
package io.fullon.cache.redis;
