package io.fullon.cache.web;

import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.FeedClient;
import io.fullon.cache.testing.Program;
import io.fullon.cache.testing.RawHttp;
import io.fullon.cache.tick.Tick;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway behind real proxies that are configured as {@code config} has it. */
class ProxiesIT {

  private static final String ROOT = "cache.example.com";
  private static final String BELOW = "example.com";
  private static final String GATEWAY = WebOptions.DEFAULT_HOST + ":" + WebOptions.DEFAULT_PORT;

  @TempDir Path folder;
  private CacheNode node;
  private int port;
  private Process proxy;

  @BeforeEach
  void start() throws IOException {
    JsonArray origins = new JsonArray().add("https://" + ROOT).add("https://" + BELOW);
    node =
        CacheNode.start(
            new JsonObject().put("web", new JsonObject().put("public_origin", origins)));
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (proxy != null) {
      proxy.destroy();
      if (!proxy.waitFor(10, TimeUnit.SECONDS)) {
        proxy.destroyForcibly();
      }
    }
    node.close();
  }

  /** The file, for the gateway of this test. */
  private String config(String file) throws IOException {
    return Files.readString(Path.of("config", file))
        .replace(GATEWAY, WebOptions.DEFAULT_HOST + ":" + node.port());
  }

  private void run(String... command) throws IOException {
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("HOME", folder.toString());
    proxy = builder.start();
    await()
        .until(
            () -> {
              assertThat(proxy.isAlive()).as(Files.readString(log)).isTrue();
              return isListening();
            });
  }

  private boolean isListening() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  @Test
  void nginxServesItAtTheRootAndBelowAPath() throws IOException {
    String nginx = Program.find("nginx");
    Path file = folder.resolve("nginx.conf");
    String temporary =
        List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi").stream()
            .map(kind -> kind + "_temp_path " + folder + "/" + kind + ";\n")
            .reduce("", String::concat);
    Files.writeString(
        file,
        "daemon off; master_process off; events {}\nerror_log stderr; pid "
            + folder.resolve("pid")
            + ";\nhttp {\naccess_log off;\n"
            + temporary
            + config("nginx.conf").replace("listen 80;", "listen 127.0.0.1:" + port + ";")
            + "}\n");

    run(nginx, "-p", folder.toString(), "-c", file.toString(), "-e", "stderr");

    assertServed();
  }

  @Test
  void caddyServesItAtTheRootAndBelowAPath() throws IOException {
    String caddy = Program.find("caddy");
    Path file = folder.resolve("Caddyfile");
    // Plain HTTP: certificates for these names are not to be had.
    String sites = config("Caddyfile").replaceAll("(?m)^([a-z.]+) \\{", "http://$1:" + port + " {");
    Files.writeString(file, "{\n\tadmin off\n}\n" + sites);

    run(caddy, "run", "--adapter", "caddyfile", "--config", file.toString());

    assertServed();
  }

  private void assertServed() {
    assertServed(ROOT, "/");
    assertServed(BELOW, "/market/");

    RawHttp.Answer withoutSlash = RawHttp.get(port, "/market", "Host: " + BELOW);
    assertThat(withoutSlash.status()).isIn(301, 302);
    assertThat(withoutSlash.header("Location")).endsWith("/market/");
  }

  private void assertServed(String host, String path) {
    for (String resource : List.of("", "page.js", "ticker-feed.js", "api/tickers/kraken")) {
      assertThat(RawHttp.get(port, path + resource, "Host: " + host).status())
          .as(host + path + resource)
          .isEqualTo(200);
    }
    try (FeedClient client = connect(host, path, "https://" + host)) {
      client.next("welcome");
      client.subscribe("kraken", "BTC/USD");
      get(node.ticks().updateTicker("kraken", tick()));
      assertThat(client.next("update").getJsonArray("ticks")).hasSize(1);
    }
    assertThat(foreign(host, path)).isEqualTo(403);
  }

  private FeedClient connect(String host, String path, String origin) {
    return FeedClient.connectTo(node.vertx(), port, path + "feed", "Host", host, "Origin", origin);
  }

  private static Tick tick() {
    return Tick.of("kraken", "BTC/USD", new BigDecimal("64182.270"), Instant.now());
  }

  /** How a page of another origin is refused. */
  private int foreign(String host, String path) {
    try (FeedClient client = connect(host, path, "https://other.example")) {
      throw new AssertionError("Should have been refused, got " + client.nextText());
    } catch (UpgradeRejectedException e) {
      return e.getStatus();
    }
  }
}
