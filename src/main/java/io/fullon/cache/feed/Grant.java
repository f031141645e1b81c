package io.fullon.cache.feed;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a client may see, and until when.
 *
 * @param exchanges the exchanges, or null for all
 * @param symbols the symbols, or null for all
 * @param until when it ends
 */
public record Grant(Set<String> exchanges, Set<String> symbols, Instant until) {

  /** Of a gateway that asks for no token. */
  public static final Grant ALL = new Grant(null, null, Instant.MAX);

  /**
   * Reads the claims {@code exp} (RFC 7519), {@code exchanges} and {@code symbols}; without one of
   * the latter, or with {@code *} in it, all of them may be seen.
   *
   * @param leeway how much longer than its {@code exp} a token holds
   * @throws InvalidValueException naming the claim that is missing or no list of names
   */
  public static Grant of(Fields claims, Duration leeway) {
    return new Grant(
        names(claims, "exchanges"), names(claims, "symbols"), claims.time("exp").plus(leeway));
  }

  private static Set<String> names(Fields claims, String claim) {
    if (!claims.keys().contains(claim)) {
      return null; // but one that is null was meant to limit something
    }
    List<?> names = claims.list(claim);
    Set<String> texts = new LinkedHashSet<>();
    for (Object name : names) {
      if (!(name instanceof String text)) {
        throw new InvalidValueException(claims.name(claim), "must be a list of texts", name);
      }
      texts.add(text);
    }
    return texts.contains(Names.ANY) ? null : texts;
  }

  /** Whether everything may be seen that these match, which may be {@code *}. */
  public boolean allows(String exchange, String symbol) {
    return (exchanges == null || exchanges.contains(exchange))
        && (symbols == null || symbols.contains(symbol));
  }

  /** Whether something of that exchange may be seen. */
  public boolean allowsExchange(String exchange) {
    return exchanges == null || exchanges.contains(exchange);
  }

  boolean allows(Topic topic) {
    return allows(topic.exchange(), topic.symbol());
  }
}
