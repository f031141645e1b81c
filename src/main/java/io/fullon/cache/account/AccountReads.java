package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** What changes of an account need to know; it is read in one step. */
final class AccountReads {

  /** How many fills that are no longer kept are forgotten in one step. */
  private static final String MAX_FORGOTTEN = "100";

  private final AccountKeys keys;
  private final int exId;
  private final Set<String> fields = new LinkedHashSet<>();
  private final Set<String> fills = new LinkedHashSet<>();
  private final Set<String> orders = new LinkedHashSet<>();
  private final Set<String> adjustments = new LinkedHashSet<>();
  private boolean isWhole;
  private Long later;

  AccountReads(AccountKeys keys, int exId) {
    this.keys = keys;
    this.exId = exId;
  }

  void position(String field) {
    fields.add(field);
  }

  void allPositions() {
    isWhole = true;
  }

  String fill(Trade fill) {
    String key = keys.fill(exId, fill.symbol(), fill.side().toString(), fill.tradeId());
    fills.add(key);
    return key;
  }

  String order(String symbol, String exOrderId) {
    String key = keys.order(exId, symbol, exOrderId);
    orders.add(key);
    return key;
  }

  String adjustment(String id) {
    String key = keys.adjustment(exId, id);
    adjustments.add(key);
    return key;
  }

  /** What was counted later than that. */
  void countedAfter(long micros) {
    later = micros;
  }

  /**
   * @param keptFromMicros what was counted earlier is no longer kept
   */
  Future<AccountState> run(RedisLink link, long keptFromMicros) {
    Commands commands = new Commands(keys.revision(exId), "");
    List<BiConsumer<AccountState, Response>> readers = new ArrayList<>();
    commands.add("GET", keys.asOf(exId));
    readers.add((state, asOf) -> state.readAsOf(asOf));
    readHash(commands, readers, keys.positions(exId), AccountState::readPosition);
    readHash(commands, readers, keys.lastVersions(exId), AccountState::readLastVersion);
    readHash(commands, readers, keys.boundaries(exId), AccountState::readBoundary);
    for (String key : fills) {
      commands.add("GET", key);
      readers.add((state, text) -> state.readFill(key, text));
    }
    for (String key : orders) {
      commands.add("GET", key);
      readers.add((state, text) -> state.readOrder(key, text));
    }
    for (String key : adjustments) {
      commands.add("EXISTS", key);
      readers.add((state, count) -> state.readAdjustment(key, count.toInteger() == 1));
    }
    commands.add(
        "ZRANGEBYSCORE",
        keys.recent(exId),
        "-inf",
        String.valueOf(keptFromMicros),
        "LIMIT",
        "0",
        MAX_FORGOTTEN);
    readers.add((state, members) -> members.forEach(each -> state.readOld(each.toString())));
    if (later != null) {
      commands.add("ZRANGEBYSCORE", keys.recent(exId), "(" + later, "+inf");
      readers.add((state, members) -> members.forEach(each -> state.readRecent(each.toString())));
      commands.add("ZRANGEBYSCORE", keys.keptFrom(exId), "(" + later, "+inf");
      readers.add((state, members) -> members.forEach(each -> state.readGap(each.toString())));
    }
    return commands
        .read(link)
        .map(
            answer -> {
              AccountState state = new AccountState(keys, exId, answer);
              for (int i = 0; i < readers.size(); i++) {
                readers.get(i).accept(state, answer.get(Commands.FIRST + i));
              }
              return state;
            });
  }

  /** Reads a field's value of a hash. */
  @FunctionalInterface
  private interface FieldReader {
    void read(AccountState state, String field, String text);
  }

  private void readHash(
      Commands commands,
      List<BiConsumer<AccountState, Response>> readers,
      String key,
      FieldReader reader) {
    if (isWhole) {
      commands.add("HGETALL", key);
      readers.add(
          (state, hash) -> Scans.forEach(hash, (field, text) -> reader.read(state, field, text)));
    } else if (fields.isEmpty()) {
      // An answer for an answer: what is not needed is not there.
      commands.add("HMGET", key, "");
      readers.add((state, none) -> {});
    } else {
      List<String> names = List.copyOf(fields);
      commands.add("HMGET", key, names);
      readers.add(
          (state, values) -> {
            for (int i = 0; i < names.size(); i++) {
              if (values.get(i) != null) {
                reader.read(state, names.get(i), values.get(i).toString());
              }
            }
          });
    }
  }
}
