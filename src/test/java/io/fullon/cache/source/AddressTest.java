package io.fullon.cache.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

  @ParameterizedTest
  @CsvSource({
    "wss://ws.okx.com:8443/ws/v5/public,ws,true,ws.okx.com,8443,/ws/v5/public",
    "ws://fake_kraken:8080/v2?x=1,ws,false,fake_kraken,8080,/v2?x=1",
    "ws://fake_kraken,ws,false,fake_kraken,80,/",
    "wss://host?x=1,ws,true,host,443,/?x=1",
    "http://[::1]:81,http,false,[::1],81,/",
    "https://host/,http,true,host,443,/"
  })
  void itIsTakenApart(
      String text, String scheme, boolean isSecure, String host, int port, String path) {
    assertThat(Address.of(text)).isEqualTo(new Address(scheme, isSecure, host, port, path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "ws:/host",
        "ws://",
        "ftp://host",
        "ws://a b",
        "ws://host:99999",
        "ws://h/ b"
      })
  void whatIsNoneIsNull(String text) {
    assertThat(Address.of(text)).isNull();
  }
}
