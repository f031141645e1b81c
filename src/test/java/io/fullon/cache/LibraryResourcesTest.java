package io.fullon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.StaticHandler;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The library's files do not get in the way of an application's, nor these in theirs. The tests'
 * class path has a {@code webroot/index.html} and a {@code lua/tick-update.lua} of an application,
 * and has them first.
 */
class LibraryResourcesTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  private static HttpResponse<String> get(int port, String path) {
    try {
      return CLIENT.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theGatewayServesItsOwnPageAndTheApplicationsServerTheApplications() {
    try (CacheNode node = CacheNode.start()) {
      Router router = Router.router(node.vertx());
      router.route().handler(StaticHandler.create());
      HttpServer application =
          CacheNode.get(
              node.vertx().createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));

      assertThat(get(node.port(), "/").body()).contains("<title>Live tickers");
      assertThat(get(application.actualPort(), "/").body()).contains("an application");
      for (String ours : List.of("/page.js", "/ticker-feed.js", "/asyncapi.yaml")) {
        assertThat(get(node.port(), ours).statusCode()).as(ours).isEqualTo(200);
        assertThat(get(application.actualPort(), ours).statusCode()).as(ours).isEqualTo(404);
      }
    }
  }

  @Test
  void everyFileIsInAFolderOfTheLibrary() throws IOException, URISyntaxException {
    Path root =
        Path.of(
            FullonCacheVerticle.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    try (Stream<Path> files = Files.walk(root)) {
      assertThat(files.filter(Files::isRegularFile).map(file -> root.relativize(file).toString()))
          .isNotEmpty()
          .allMatch(
              file ->
                  file.startsWith("io/fullon/cache/")
                      // Where they are looked for: all there are on the class path are read.
                      || file.equals("META-INF/vertx/json-mappers.properties")
                      || file.startsWith("META-INF/services/io.fullon.cache."));
    }
  }
}
