package io.fullon.cache.app;

import io.fullon.cache.CacheOptions;
import io.fullon.cache.value.InvalidValueException;
import io.fullon.cache.value.Names;
import io.fullon.cache.web.WebAuthOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Prints a token that a gateway with the same configuration accepts, for trying things out. The
 * secret comes from the file or the environment: what is on a command line everybody sees.
 */
@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    versionProvider = StartCommand.VersionText.class,
    usageHelpAutoWidth = true,
    description = "Prints a token for clients, signed with web.jwt_secret.")
final class TokenCommand implements Callable<Integer> {

  private static final String EXCHANGES = "--exchanges";
  private static final String SYMBOLS = "--symbols";
  private static final String HMAC = "HmacSHA256";
  private static final String HEADER = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

  @ParentCommand private StartCommand start;

  @Spec private CommandSpec spec;

  @Option(
      names = EXCHANGES,
      paramLabel = "NAME",
      split = ",",
      description = "the exchanges that its bearer may see (all)")
  private List<String> exchanges;

  @Option(
      names = SYMBOLS,
      paramLabel = "NAME",
      split = ",",
      description = "the symbols that its bearer may see (all)")
  private List<String> symbols;

  @Option(
      names = "--expires",
      paramLabel = "TIME",
      converter = Lifetime.class,
      description = "how long it holds, such as 90s, 30m, 1h or 7d (1h)")
  private Duration expires = Duration.ofHours(1);

  @Override
  public Integer call() {
    try {
      WebAuthOptions auth = CacheOptions.from(start.config()).web().auth();
      if (auth.secret() == null) {
        throw new InvalidValueException(
            "web.jwt_secret", "is needed to sign a token, in the file or the environment");
      }
      spec.commandLine().getOut().println(sign(claims(auth), auth.secret()));
      return CommandLine.ExitCode.OK;
    } catch (InvalidValueException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }

  private JsonObject claims(WebAuthOptions auth) {
    long now = Instant.now().getEpochSecond();
    JsonObject claims = new JsonObject().put("iat", now).put("exp", now + expires.toSeconds());
    if (auth.issuer() != null) {
      claims.put("iss", auth.issuer());
    }
    if (auth.audience() != null) {
      claims.put("aud", auth.audience());
    }
    if (exchanges != null) {
      claims.put("exchanges", names(EXCHANGES, exchanges, Names::exchange));
    }
    if (symbols != null) {
      claims.put("symbols", names(SYMBOLS, symbols, Names::symbol));
    }
    return claims;
  }

  private static JsonArray names(
      String option, List<String> names, BiFunction<String, Object, String> check) {
    JsonArray checked = new JsonArray();
    for (String name : names) {
      checked.add(name.equals(Names.ANY) ? name : check.apply(option, name));
    }
    return checked;
  }

  /** In the compact form (RFC 7515, section 7.1). */
  private static String sign(JsonObject claims, String secret) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), HMAC));
      String text = encode(bytes(HEADER)) + "." + encode(bytes(claims.encode()));
      return text + "." + encode(mac.doFinal(bytes(text)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Signing failed", e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static final class Lifetime implements ITypeConverter<Duration> {

    private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,8})([smhd])");

    @Override
    public Duration convert(String text) {
      Matcher parts = TEXT.matcher(text);
      if (!parts.matches()) {
        throw new TypeConversionException("'" + text + "' is no time such as 90s, 30m, 1h or 7d");
      }
      // The units of ISO 8601, with a T before those that are less than a day.
      String unit = parts.group(2).equals("d") ? "P" : "PT";
      return Duration.parse(unit + text);
    }
  }
}
