/**
 * A Redis-backed cache for trading systems as a Vert.x event-bus module. What is exported here is
 * the API, which {@code scripts/api} compares with that of the last version; what is not may change
 * at any time. The gateway needs {@code --add-exports
 * io.vertx.core/io.vertx.core.http.impl=io.fullon.cache} besides.
 */
module io.fullon.cache {
  exports io.fullon.cache;
  exports io.fullon.cache.account;
  exports io.fullon.cache.bot;
  exports io.fullon.cache.bus;
  exports io.fullon.cache.fill;
  exports io.fullon.cache.flow;
  exports io.fullon.cache.ohlcv;
  exports io.fullon.cache.orders;
  exports io.fullon.cache.source;
  exports io.fullon.cache.symbol;
  exports io.fullon.cache.tick;
  exports io.fullon.cache.trades;
  exports io.fullon.cache.value;

  uses io.fullon.cache.source.Venue;

  provides io.fullon.cache.source.Venue with
      io.fullon.cache.source.venue.Binance,
      io.fullon.cache.source.venue.BinanceUsdm,
      io.fullon.cache.source.venue.Bitget,
      io.fullon.cache.source.venue.Bybit,
      io.fullon.cache.source.venue.BybitLinear,
      io.fullon.cache.source.venue.Coinbase,
      io.fullon.cache.source.venue.Kraken,
      io.fullon.cache.source.venue.Okx;

  requires java.management;
  requires transitive io.vertx.core;
  requires transitive io.vertx.serviceproxy;
  requires static transitive io.vertx.codegen.api;
  requires io.vertx.redis.client;
  requires io.vertx.web;
  requires io.netty.buffer;
  requires io.netty.codec;
  requires io.netty.codec.compression;
  requires io.netty.codec.http;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.transport;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires micrometer.core;
  requires micrometer.registry.prometheus;
  requires dev.failsafe.core;
  requires org.slf4j;
}
