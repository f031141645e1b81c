package io.fullon.cache.account;

import io.fullon.cache.account.PositionChange.Cause;
import io.fullon.cache.events.Domain;
import io.fullon.cache.events.Places;
import io.fullon.cache.fill.HedgeSide;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells positions: by account and symbol, with the side in hedge mode. */
final class PositionEvents implements Domain {

  private static final Logger LOG = LoggerFactory.getLogger(PositionEvents.class);

  private final RedisLink link;
  private final AccountKeys keys;

  PositionEvents(RedisLink link) {
    this.link = link;
    this.keys = new AccountKeys(link.options().prefix());
  }

  @Override
  public Object read(String account, String field, String text) {
    return text.isEmpty()
        ? PositionChange.of(neutral(Integer.parseInt(account), field), Cause.DELETION)
        : PositionChange.read(Json.parse("change", text));
  }

  private static Position neutral(int exId, String field) {
    String[] parts = field.split(" ", 2);
    HedgeSide side = parts.length == 1 ? null : HedgeSide.TYPE.read("position_side", parts[1]);
    return Position.builder(parts[0])
        .positionSide(side)
        .exId(exId)
        .size(BigDecimal.ZERO)
        .version(0L)
        .build();
  }

  @Override
  public Long version(Object told) {
    PositionChange change = (PositionChange) told;
    return change.cause() == Cause.DELETION ? null : version(change.position());
  }

  private static long version(Position position) {
    return position.version() == null ? 0 : position.version();
  }

  @Override
  public Future<? extends Collection<String>> places() {
    return Places.of(link, keys.prefix() + "{account:", "}:positions");
  }

  @Override
  public Future<Map<String, Long>> versions(String account) {
    return stored(account)
        .map(
            texts -> {
              Map<String, Long> versions = new HashMap<>();
              texts.forEach((field, text) -> addVersion(versions, field, text));
              return versions;
            });
  }

  /** One that cannot be read does not hide the others. */
  private static void addVersion(Map<String, Long> versions, String field, String text) {
    try {
      versions.put(field, version(Position.read(Json.parse("position", text))));
    } catch (InvalidValueException e) {
      LOG.warn("The position {} is not told: {}", field, e.getMessage());
    }
  }

  @Override
  public Future<Map<String, String>> texts(String account, List<String> fields) {
    return stored(account)
        .map(
            texts -> {
              texts.replaceAll(
                  (field, text) -> "{\"cause\":\"" + Cause.GAP + "\",\"position\":" + text + "}");
              return texts;
            });
  }

  private Future<Map<String, String>> stored(String account) {
    return link.read(Command.HGETALL, keys.positions(Integer.parseInt(account)))
        .map(
            hash -> {
              Map<String, String> texts = new HashMap<>();
              Scans.forEach(hash, texts::put);
              return texts;
            });
  }
}
