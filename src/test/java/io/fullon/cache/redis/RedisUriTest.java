package io.fullon.cache.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.value.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisUriTest {

  private static RedisUri parse(String text) {
    return RedisUri.parse("redis.uri", text);
  }

  @ParameterizedTest
  @CsvSource({
    "redis://localhost, redis://localhost:6379",
    "redis://localhost/, redis://localhost:6379",
    "redis://localhost:7/3, redis://localhost:7/3",
    "redis://localhost?db=3, redis://localhost:6379/3",
    "rediss://a.example.:7, rediss://a.example.:7",
    "redis://my_redis:7, redis://my_redis:7",
    "redis://_a-b_.c_d, redis://_a-b_.c_d:6379",
    "redis://127.0.0.1, redis://127.0.0.1:6379",
    "redis://[::1]:7, redis://[::1]:7",
    "redis://[fe80::1%eth0], redis://[fe80::1%eth0]:6379",
    "redis://bücher.example, redis://bücher.example:6379",
    "redis://@h, redis://h:6379",
    "redis://:@h, redis://h:6379",
    "unix:///var/run/redis.sock, unix:///var/run/redis.sock",
    "unix:///a%20b.sock?db=2, unix:///a%20b.sock?db=2",
    "unix://:secret@/a.sock, unix:///a.sock"
  })
  void isReadAndShownWithoutSecrets(String text, String shown) {
    assertThat(parse(text)).hasToString(shown);
  }

  @ParameterizedTest
  @CsvSource({
    "redis://:secret@h, , secret",
    "redis://alice:secret@h, alice, secret",
    "redis://alice:a:b@h, alice, a:b",
    "redis://alice:a@b@h, alice, a@b",
    "redis://al%69ce:p%40s%3As%2Fw+rd%2B%25%23@h, alice, p@s:s/w+rd+%#",
    "redis://:%C3%A9é@h, , éé",
    "unix://alice:secret@/a.sock?db=1, alice, secret"
  })
  void userAndPasswordAreUnderstoodAsWritten(String text, String user, String password) {
    RedisUri uri = parse(text);

    assertThat(uri.user()).isEqualTo(user);
    assertThat(uri.password()).isEqualTo(password);
    assertThat(parse(uri.text())).as(uri.text()).isEqualTo(uri);
    assertThat(uri.toString()).doesNotContain("alice", "secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "localhost:6379",
        "http://localhost",
        "redis:localhost",
        "redis://",
        "redis:///0",
        "redis://:6379",
        "redis://h:0",
        "redis://h:65536",
        "redis://h:x",
        "redis://h/x",
        "redis://h/1/2",
        "redis://h/1?db=2",
        "redis://h?timeout=5",
        "redis://h#f",
        "redis://a b",
        "redis://::1",
        "redis://[::1",
        "redis://[127.0.0.1:6379]",
        "redis://[1:2]",
        "redis://secret@h",
        "redis://secret:@h",
        "redis://:secret%@h",
        "redis://:secret%zz@h",
        "redis://:secret%ff@h",
        "unix://",
        "unix:///",
        "unix://host/a.sock",
        "unix:///a.sock/?x=1"
      })
  void whatIsNoneIsRefusedAndNotShown(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOf(InvalidValueException.class)
        .hasMessageStartingWith("redis.uri: ")
        .hasMessageNotContaining("secret");
  }

  @Test
  void anotherServerIsReachedInTheSameWay() {
    RedisUri uri = parse("rediss://alice:secret@h:1/2");

    assertThat(uri.at("my_redis:7").text()).isEqualTo("rediss://alice:secret@my_redis:7/2");
    assertThat(uri.at("[::1]:7").text()).isEqualTo("rediss://alice:secret@[::1]:7/2");
    assertThat(uri.at("h:7").withLogin(null, null).text()).isEqualTo("rediss://h:7");
  }

  @Test
  void theDatabaseIsSelectedOnlyWhereItIsAnotherThanTheFirst() {
    assertThat(parse("redis://h:1/0")).hasToString("redis://h:1");
    assertThat(parse("redis://h:1/2")).hasToString("redis://h:1/2");
    assertThat(parse("unix:///a b.sock?db=2")).hasToString("unix:///a%20b.sock?db=2");
  }

  @ParameterizedTest
  @CsvSource({
    "h:1, true",
    "my_redis:1, true",
    "[::1]:1, true",
    "h, false",
    "h:0, false",
    "h:65536, false",
    "h:1:2, false",
    "u@h:1, false",
    "'', false",
    "::1:1, false"
  })
  void aServerIsAHostAndAPort(String text, boolean is) {
    assertThat(RedisUri.isServer(text)).isEqualTo(is);
  }
}
