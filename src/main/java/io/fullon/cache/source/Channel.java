package io.fullon.cache.source;

import java.util.List;

/** What is subscribed over a connection, by names. */
interface Channel {

  /** Where to connect to. */
  String address();

  /** How many names a connection carries. */
  int perConnection();

  /** How many names a request has. */
  int perRequest();

  /** Only what has the same may be in one request. */
  String group(String name);

  String subscribe(List<String> names, long request);

  String unsubscribe(List<String> names, long request);

  /**
   * Ticks, or a part of them.
   *
   * @param url the index of the address among the venue's
   */
  record Tickers(Venue venue, int url, String address) implements Channel {

    @Override
    public int perConnection() {
      return venue.limits().symbolsPerConnection();
    }

    @Override
    public int perRequest() {
      return venue.limits().symbolsPerRequest();
    }

    @Override
    public String group(String name) {
      return "";
    }

    @Override
    public String subscribe(List<String> names, long request) {
      return venue.subscribe(url, names, request);
    }

    @Override
    public String unsubscribe(List<String> names, long request) {
      return venue.unsubscribe(url, names, request);
    }
  }

  /** Candles; their names are {@link Venue#topic}s. */
  record Candles(Venue venue, String address) implements Channel {

    @Override
    public int perConnection() {
      return venue.candles().topicsPerConnection();
    }

    @Override
    public int perRequest() {
      return venue.candles().topicsPerRequest();
    }

    @Override
    public String group(String name) {
      return venue.requestOf(name);
    }

    @Override
    public String subscribe(List<String> names, long request) {
      return venue.subscribeCandles(names, request);
    }

    @Override
    public String unsubscribe(List<String> names, long request) {
      return venue.unsubscribeCandles(names, request);
    }
  }
}
