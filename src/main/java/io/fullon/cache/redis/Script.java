package io.fullon.cache.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A Lua script that Redis runs as one atomic step.
 *
 * @param text the source
 * @param sha the source's SHA-1 in hex, by which EVALSHA knows it
 */
public record Script(String text, String sha) {

  /**
   * Loads {@code io/fullon/cache/lua/NAME.lua} from the class path.
   *
   * @throws IllegalArgumentException when there is none
   */
  public static Script load(String name) {
    String path = "/io/fullon/cache/lua/" + name + ".lua";
    try (InputStream source = Script.class.getResourceAsStream(path)) {
      if (source == null) {
        throw new IllegalArgumentException("No script " + path + " on the class path");
      }
      byte[] bytes = source.readAllBytes();
      byte[] digest = MessageDigest.getInstance("SHA-1").digest(bytes);
      return new Script(
          new String(bytes, StandardCharsets.UTF_8), HexFormat.of().formatHex(digest));
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + path + " failed", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-1", e);
    }
  }
}
