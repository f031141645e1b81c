package io.fullon.cache.account;

import io.fullon.cache.bus.Endpoint;
import io.fullon.cache.events.EventOptions;
import io.fullon.cache.events.Events;
import io.fullon.cache.fill.FillOptions;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.fill.Trade;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.service.ServiceVerticle;
import io.fullon.cache.value.Fields;
import io.vertx.core.Future;

/** Serves {@link AccountCache} on the event bus; reads the section {@code fills} too. */
public final class AccountVerticle extends ServiceVerticle {

  private static final int MAX_CURRENCY = 128;

  public AccountVerticle() {
    super(AccountCache.ADDRESS);
  }

  @Override
  protected Future<?> serve(Endpoint endpoint, RedisLink link, Fields config) {
    EventOptions options = EventOptions.from(config.section("account"));
    FillOptions fills = FillOptions.from(config.section("fills"));
    Accounting accounting = new Accounting(vertx, link, fills, meters());
    AccountCache cache = new RedisAccountCache(link, accounting, meters());
    endpoint
        .onConflicting(
            "upsertPositions",
            call ->
                cache.upsertPositions(
                    exId(call),
                    call.objects("positions", Position.class, Position::read),
                    call.timeOrNull("asOf")))
        .onConflicting(
            "replacePositions",
            call ->
                cache.replacePositions(
                    exId(call),
                    call.objects("positions", Position.class, Position::read),
                    call.timeOrNull("asOf")))
        .on("getPositions", call -> cache.getPositions(exId(call)))
        .on(
            "getPosition",
            call -> cache.getPosition(call.symbol("symbol"), exId(call), hedgeSide(call)))
        .on(
            "deletePosition",
            call -> cache.deletePosition(call.symbol("symbol"), exId(call), hedgeSide(call)))
        .onConflicting(
            "applyFill",
            call -> cache.applyFill(exId(call), call.object("trade", Trade.class, Trade::read)))
        .onConflicting(
            "adjustPosition",
            call ->
                cache.adjustPosition(
                    exId(call), call.object("adjustment", Adjustment.class, Adjustment::read)))
        .on(
            "upsertUserAccount",
            call ->
                cache.upsertUserAccount(exId(call), call.json("account"), call.timeOrNull("asOf")))
        .on(
            "getFullAccount",
            call -> cache.getFullAccount(exId(call), call.text("currency", MAX_CURRENCY)))
        .on("getAllAccounts", call -> cache.getAllAccounts());
    return Events.open(
        vertx,
        options.events(),
        link.options(),
        AccountCache.ADDRESS,
        PositionEvents::new,
        this::closeAtStop);
  }

  private static HedgeSide hedgeSide(Fields call) {
    return HedgeSide.orNull(call, "positionSide");
  }

  private static int exId(Fields call) {
    return (int) call.integer("exId", Integer.MIN_VALUE, Integer.MAX_VALUE);
  }
}
