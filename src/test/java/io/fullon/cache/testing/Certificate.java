package io.fullon.cache.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;

/** A self-signed certificate for this machine, in files, made by the JDK's own tool. */
public final class Certificate implements AutoCloseable {

  private static final String STORE_PASSWORD = "changeit";
  private static final String ALIAS = "key";
  private static final String STORE = "keys.p12";
  private static final String CERTIFICATE = "cert.pem";
  private static final String KEY = "key.pem";

  private final Path folder;

  private Certificate(Path folder) {
    this.folder = folder;
  }

  public static Certificate create() {
    try {
      Path folder = Files.createTempDirectory("fullon-tls-");
      Path store = folder.resolve(STORE);
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-keyalg",
                  "EC",
                  "-alias",
                  ALIAS,
                  "-dname",
                  "CN=localhost",
                  "-ext",
                  "san=dns:localhost,ip:127.0.0.1",
                  "-keystore",
                  store.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  STORE_PASSWORD)
              .redirectErrorStream(true)
              .start();
      String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (keytool.waitFor() != 0) {
        throw new AssertionError("keytool: " + output);
      }
      KeyStore keys = KeyStore.getInstance(store.toFile(), STORE_PASSWORD.toCharArray());
      writePem(folder.resolve(CERTIFICATE), "CERTIFICATE", keys.getCertificate(ALIAS).getEncoded());
      writePem(
          folder.resolve(KEY),
          "PRIVATE KEY",
          keys.getKey(ALIAS, STORE_PASSWORD.toCharArray()).getEncoded());
      return new Certificate(folder);
    } catch (IOException | GeneralSecurityException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void writePem(Path file, String type, byte[] content) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n"
            .formatted(type, Base64.getMimeEncoder().encodeToString(content)));
  }

  /** The certificate, in PEM; it is for {@code localhost} and 127.0.0.1. */
  public Path file() {
    return folder.resolve(CERTIFICATE);
  }

  /** Its key, in PEM. */
  public Path key() {
    return folder.resolve(KEY);
  }

  /** Puts another one's contents into the files of this one. */
  public void replaceBy(Certificate other) {
    try {
      Files.copy(other.file(), file(), StandardCopyOption.REPLACE_EXISTING);
      Files.copy(other.key(), key(), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      for (String file : List.of(STORE, CERTIFICATE, KEY)) {
        Files.deleteIfExists(folder.resolve(file));
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
