package io.fullon.cache.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;

class SharedRedisTest {

  @Test
  void nothingIsLeftWhenANodeDoesNotStart() {
    SharedRedis redis = new SharedRedis();
    long pid = redis.server().pid();

    assertThatThrownBy(() -> redis.node("web", "port", -1)).hasMessageContaining("port");

    await("the server to end")
        .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }
}
