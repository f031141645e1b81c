package io.fullon.cache.source;

import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxException;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Reads what an exchange has. */
final class InstrumentList {

  /** So many pieces a list may come in. */
  private static final int MAX_PIECES = 100;

  private final Vertx vertx;
  private final Rest rest;
  private final Venue venue;

  InstrumentList(Vertx vertx, Venue venue, Rest rest) {
    this.vertx = vertx;
    this.venue = venue;
    this.rest = rest;
  }

  /** All instruments of all lists; fails when one cannot be read. */
  Future<List<Instrument>> read() {
    List<Instrument> all = new ArrayList<>();
    Future<?> read = Future.succeededFuture();
    for (String path : venue.lists()) {
      read = read.compose(v -> read(path, all, 1));
    }
    return read.map(v -> checked(all));
  }

  /** An exchange without instruments is none: something is wrong with its answer. */
  private static List<Instrument> checked(List<Instrument> all) {
    if (all.isEmpty()) {
      throw new VertxException("it names no instrument", true);
    }
    return all;
  }

  private Future<?> read(String path, List<Instrument> all, int piece) {
    return rest.get(path)
        // A list may be long, and an event loop has other things to do.
        .compose(body -> vertx.executeBlocking(() -> parse(path, body), false))
        .compose(
            parsed -> {
              all.addAll(parsed.instruments);
              return parsed.next == null || piece == MAX_PIECES
                  ? Future.succeededFuture()
                  : read(parsed.next, all, piece + 1);
            });
  }

  private record Parsed(List<Instrument> instruments, String next) {}

  private Parsed parse(String path, Buffer body) {
    String text = body.toString();
    Message list = Message.parse(text);
    List<Instrument> instruments = venue.instruments(list);
    if (instruments == null) {
      throw new VertxException("it is no list: " + InvalidValueException.shorten(text), true);
    }
    return new Parsed(
        instruments.stream().filter(Objects::nonNull).toList(), venue.next(path, list));
  }
}
