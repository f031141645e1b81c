package io.fullon.cache.web;

import io.fullon.cache.feed.Feed;
import io.fullon.cache.tick.TickWrites;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** What operators and their machines ask: health and metrics. */
final class Monitoring {

  private final Vertx vertx;
  private final Feed feed;
  private final Prometheus prometheus;

  Monitoring(Vertx vertx, Feed feed) {
    this.vertx = vertx;
    this.feed = feed;
    this.prometheus = new Prometheus(vertx);
  }

  void addTo(Resources resources) {
    resources
        .add("/health/live", Monitoring::live)
        .add("/health/ready", this::ready)
        .add("/metrics", prometheus::send);
  }

  private static void live(RoutingContext context) {
    Answer.json(context.response(), 200, new JsonObject().put("status", "UP").encode());
  }

  private void ready(RoutingContext context) {
    boolean isUp = feed.isLive() && TickWrites.areTaken(vertx);
    String state = isUp ? "UP" : "DOWN";
    JsonObject sources = new JsonObject();
    feed.sources().forEach(one -> sources.put(one.exchange(), one.state().toString()));
    JsonObject all = new JsonObject().put("status", state).put("redis", state);
    if (!sources.isEmpty()) {
      all.put("sources", sources);
    }
    // An exchange that is away is no reason to send clients elsewhere: there it is the same.
    Answer.json(context.response(), isUp ? 200 : Answer.UNAVAILABLE, all.encode());
  }
}
