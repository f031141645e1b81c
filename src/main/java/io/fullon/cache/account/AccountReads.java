package io.fullon.cache.account;

import io.fullon.cache.fill.Trade;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Scans;
import io.vertx.core.Future;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** What changes of an account need to know; it is read in one step. */
final class AccountReads {

  /** What so many steps counted is forgotten in one, when it is no longer kept. */
  private static final int MAX_FORGOTTEN = 3;

  /** How much one synchronization puts on top again: about 5 MB, and a third of a second. */
  static final int MAX_REPLAYED = 50_000;

  private final AccountKeys keys;
  private final int exId;
  private final Set<String> fields = new LinkedHashSet<>();
  private final Set<String> fills = new LinkedHashSet<>();
  private final Set<String> earlierFills = new LinkedHashSet<>();
  private final Set<String> orders = new LinkedHashSet<>();
  private final Set<String> adjustments = new LinkedHashSet<>();
  private boolean isWhole;
  private Long later;

  AccountReads(AccountKeys keys, int exId) {
    this.keys = keys;
    this.exId = exId;
  }

  /** Whether it is not read already. */
  boolean position(String field) {
    return fields.add(field);
  }

  void allPositions() {
    isWhole = true;
  }

  /** Gives its key. */
  String fill(Trade fill) {
    String key = keys.fill(exId, fill.symbol(), fill.side().toString(), fill.tradeId());
    fills.add(key);
    earlierFill(fill);
    return key;
  }

  void earlierFill(Trade fill) {
    earlierFills.add(keys.earlierFill(exId, fill.symbol(), fill.tradeId()));
  }

  /** Whether it is not read already. */
  boolean order(String symbol, String exOrderId) {
    return orders.add(keys.order(exId, symbol, exOrderId));
  }

  void adjustment(Adjustment adjustment) {
    adjustments.add(keys.adjustment(exId, adjustment.id()));
  }

  /** What was counted later than that. */
  void countedAfter(long micros) {
    later = micros;
  }

  /**
   * @param keptFromMicros what was counted earlier is no longer kept
   */
  Future<AccountState> run(RedisLink link, long keptFromMicros) {
    return run(link, keptFromMicros, false)
        .compose(
            state ->
                state.earlierFills.isEmpty()
                    ? Future.succeededFuture(state)
                    : run(link, keptFromMicros, true));
  }

  /**
   * @param tellsEarlier whether it is told which of the earlier fills are there, which hardly ever
   *     is needed; else only whether some are
   */
  private Future<AccountState> run(RedisLink link, long keptFromMicros, boolean tellsEarlier) {
    Reading reading = new Reading();
    reading.add(AccountState::readAsOf, "GET", keys.asOf(exId));
    reading.hash(state -> state.positions, keys.positions(exId));
    reading.hash(state -> state.lastVersions, keys.lastVersions(exId));
    reading.hash(state -> state.boundaries, keys.boundaries(exId));
    reading.strings(state -> state.fills, fills);
    reading.strings(state -> state.orders, orders);
    reading.strings(state -> state.adjustments, adjustments);
    if (tellsEarlier) {
      earlierFills.forEach(reading::earlierFill);
    } else if (!earlierFills.isEmpty()) {
      reading.anyEarlierFill(List.copyOf(earlierFills));
    }
    reading.add(
        (state, old) -> old.forEach(each -> state.old.add(each.toString())),
        "ZRANGEBYSCORE",
        keys.recent(exId),
        "-inf",
        String.valueOf(keptFromMicros),
        "LIMIT",
        "0",
        String.valueOf(MAX_FORGOTTEN));
    if (later != null) {
      reading.add(
          (state, recent) -> recent.forEach(each -> counted(state, each.toString())),
          "LINES",
          keys.recent(exId),
          "(" + later,
          String.valueOf(MAX_REPLAYED + 1));
      reading.add(
          (state, gaps) -> gaps.forEach(each -> state.gaps.add(each.toString())),
          "ZRANGEBYSCORE",
          keys.keptFrom(exId),
          "(" + later,
          "+inf");
    }
    return reading.run(link);
  }

  /** What was counted in one step; of that only some may be later. */
  private void counted(AccountState state, String lines) {
    Counted.read(lines).stream().filter(each -> each.micros() > later).forEach(state.recent::add);
  }

  /** Commands, and what takes the answer of each. */
  private final class Reading {

    private final Commands commands = new Commands(keys.revision(exId), "");
    private final List<BiConsumer<AccountState, Response>> readers = new ArrayList<>();

    void add(
        BiConsumer<AccountState, Response> reader, String command, String key, String... more) {
      commands.add(command, key, more);
      readers.add(reader);
    }

    void hash(Function<AccountState, Entries<?>> entries, String key) {
      if (isWhole) {
        add((state, hash) -> Scans.forEach(hash, entries.apply(state)::found), "HGETALL", key);
      } else if (!fields.isEmpty()) {
        String[] names = fields.toArray(String[]::new);
        add(
            (state, values) -> {
              for (int i = 0; i < names.length; i++) {
                found(entries.apply(state), names[i], values.get(i));
              }
            },
            "HMGET",
            key,
            names);
      }
    }

    void strings(Function<AccountState, Entries<?>> entries, Set<String> strings) {
      if (strings.isEmpty()) {
        return;
      }
      List<String> names = List.copyOf(strings);
      add(
          (state, texts) -> {
            for (int i = 0; i < names.size(); i++) {
              found(entries.apply(state), names.get(i), texts.get(i));
            }
          },
          "MGET",
          names);
    }

    /** Of these keys, which are in one slot. */
    private void add(
        BiConsumer<AccountState, Response> reader, String command, List<String> names) {
      commands.add(command, names.get(0), names.subList(1, names.size()));
      readers.add(reader);
    }

    private static void found(Entries<?> entries, String name, Response text) {
      if (text != null) {
        entries.found(name, text.toString());
      }
    }

    void anyEarlierFill(List<String> all) {
      add(
          (state, count) -> {
            if (count.toInteger() > 0) {
              state.earlierFills.put(all.get(0), Set.of());
            }
          },
          "EXISTS",
          all);
    }

    void earlierFill(String key) {
      add(
          (state, known) -> {
            Set<String> told = new HashSet<>();
            if (known.type() == ResponseType.MULTI) {
              known.forEach(each -> told.add(each.toString()));
            }
            if (known.type() != ResponseType.MULTI || !told.isEmpty()) {
              state.earlierFills.put(key, told);
            }
          },
          "HKEYS",
          key);
    }

    Future<AccountState> run(RedisLink link) {
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
  }
}
