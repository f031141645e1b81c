package io.fullon.cache.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Lua script that Redis runs as one atomic step.
 *
 * @param text the source
 * @param sha the source's SHA-1 in hex, by which EVALSHA knows it
 */
public record Script(String text, String sha) {

  /** Those that begin with {@code fence.lua}: what runs in Redis cannot include anything. */
  private static final Set<String> FENCED =
      Set.of("block-check", "bot-adopt", "bot-block", "order-write");

  /** Those of this project: Redis is told them with each connection. */
  private static final Map<String, Script> ALL =
      Stream.of(
              "account-step",
              "balances-save",
              "block-check",
              "bot-adopt",
              "bot-block",
              "bot-close",
              "bot-status",
              "clock",
              "hash-page",
              "hash-values",
              "ohlcv-lease",
              "ohlcv-tail",
              "ohlcv-write",
              "order-claim",
              "order-queue",
              "order-read",
              "order-write",
              "rights",
              "source-lease",
              "tick-delete",
              "tick-news",
              "tick-tidy",
              "tick-update",
              "trade-list")
          .collect(Collectors.toUnmodifiableMap(name -> name, Script::read));

  /** All there are, each of which {@link #load} gives. */
  static Collection<Script> all() {
    return ALL.values();
  }

  /**
   * Gives {@code io/fullon/cache/lua/NAME.lua} from the class path.
   *
   * @throws IllegalArgumentException when it is not one of this project's
   */
  public static Script load(String name) {
    Script script = ALL.get(name);
    if (script == null) {
      throw new IllegalArgumentException("No script " + name + " among " + ALL.keySet());
    }
    return script;
  }

  private static Script read(String name) {
    String text = FENCED.contains(name) ? source("fence") + source(name) : source(name);
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(bytes);
      return new Script(text, HexFormat.of().formatHex(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-1", e);
    }
  }

  private static String source(String name) {
    String path = "/io/fullon/cache/lua/" + name + ".lua";
    try (InputStream source = Script.class.getResourceAsStream(path)) {
      if (source == null) {
        throw new IllegalArgumentException("No script " + path + " on the class path");
      }
      return new String(source.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + path + " failed", e);
    }
  }
}
