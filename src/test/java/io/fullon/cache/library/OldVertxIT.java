package io.fullon.cache.library;

import io.fullon.cache.FullonCacheVerticle;
import io.fullon.cache.testing.ChildJvm;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** In an application with an older Vert.x. */
class OldVertxIT {

  /** The POM copies it there. */
  private static final Path CORE = Path.of("target", "old-vertx", "vertx-core.jar");

  @Test
  void theDeploymentSaysWhichVersionItNeeds() {
    try (ChildJvm application = ChildJvm.startWith(CORE, Deploying.class)) {
      application.expect(
          "java.lang.IllegalStateException:"
              + " fullon-cache needs Vert.x 5.1 or later, found 5.0.10");
    }
  }

  static final class Deploying {

    public static void main(String[] arguments) {
      Vertx.vertx()
          .deployVerticle(new FullonCacheVerticle())
          .onComplete(deployed -> System.out.println(deployed.cause()));
    }
  }
}
