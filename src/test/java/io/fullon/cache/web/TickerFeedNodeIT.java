package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.ohlcv.Bar;
import io.fullon.cache.ohlcv.OhlcvCache;
import io.fullon.cache.ohlcv.Timeframe;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Market;
import io.fullon.cache.testing.Needs;
import io.fullon.cache.testing.Pages;
import io.fullon.cache.testing.Patience;
import io.fullon.cache.testing.Token;
import io.fullon.cache.tick.Tick;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.Runtime.Version;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The feed's client in Node, against the real server. */
class TickerFeedNodeIT {

  /** The first that has a WebSocket, and the first that has it without being asked. */
  private static final Version WITH_FLAG = Version.parse("20.10");

  private static final Version WITHOUT_FLAG = Version.parse("22");

  /** Where the one on the path may be too old, the environment names another. */
  private static final String NODE = System.getenv().getOrDefault("NODE", "node");

  private static final Path FEED = Pages.page("feed");

  private static final List<String> COMMAND = new ArrayList<>();

  @AutoClose private static CacheNode node;

  @TempDir private Path folder;
  private Market market;
  private Wire wire;

  @BeforeAll
  static void findNode() {
    Version version = version();
    COMMAND.clear();
    COMMAND.add(NODE);
    if (version.compareTo(WITHOUT_FLAG) < 0) {
      COMMAND.addAll(List.of("--experimental-websocket", "--no-warnings"));
    }
    node = CacheNode.start();
  }

  private static Version version() {
    try (BufferedReader output = new ProcessBuilder(NODE, "--version").start().inputReader()) {
      Version version = Version.parse(output.readLine().substring(1));
      Needs.expect(version.compareTo(WITH_FLAG) >= 0, NODE + " " + version + " has no WebSocket");
      return version;
    } catch (IOException e) {
      throw Needs.missing("No " + NODE, e);
    }
  }

  @BeforeEach
  void open() throws IOException {
    market = new Market(node);
    wire = new Wire(node.vertx(), node.port());
    try (InputStream client =
        TickerFeedNodeIT.class.getResourceAsStream("/io/fullon/cache/webroot/ticker-feed.js")) {
      Files.copy(client, folder.resolve("ticker-feed.mjs"));
    }
  }

  @AfterEach
  void close() {
    market.close();
    wire.close();
  }

  /** What is between the client and the server, and may be cut. */
  private static final class Wire implements AutoCloseable {

    private final NetServer server;
    private final NetClient client;
    private final Queue<NetSocket> sockets = new ConcurrentLinkedQueue<>();
    private volatile boolean cut;

    Wire(Vertx vertx, int port) {
      client = vertx.createNetClient();
      server =
          CacheNode.get(
              vertx
                  .createNetServer(new NetServerOptions().setSoLinger(0)) // by a reset
                  .connectHandler(socket -> connect(socket, port))
                  .listen(0, "127.0.0.1"));
    }

    private void connect(NetSocket socket, int port) {
      if (cut) {
        socket.close();
        return;
      }
      sockets.add(socket);
      socket.pause();
      client
          .connect(port, "127.0.0.1")
          .onSuccess(
              back -> {
                socket.pipeTo(back);
                back.pipeTo(socket);
              });
    }

    int port() {
      return server.actualPort();
    }

    void cut() {
      cut = true;
      sockets.forEach(socket -> CacheNode.get(socket.close()));
    }

    void mend() {
      cut = false;
    }

    @Override
    public void close() {
      CacheNode.get(server.close());
      CacheNode.get(client.close());
    }
  }

  /** A module that has a {@code feed} of the market, and prints the states that it is in. */
  private Script start(String... lines) {
    String head =
        """
        import { TickerFeed } from './ticker-feed.mjs';
        const exchange = '%s';
        const url = 'ws://127.0.0.1:%d/feed';
        const feed = new TickerFeed(url);
        feed.addEventListener('state', ({ detail }) => {
          if (detail.retryInMs === undefined) console.log(detail.state);
        });
        """
            .formatted(market.exchange(), wire.port());
    try {
      Path module =
          Files.writeString(folder.resolve("test.mjs"), head + String.join("\n", lines) + "\n");
      List<String> command = new ArrayList<>(COMMAND);
      command.add(module.toString());
      return new Script(new ProcessBuilder(command).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A running module and what it prints. */
  private static final class Script implements AutoCloseable {

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    Script(Process process) {
      this.process = process;
      Thread reader = new Thread(this::read, "output of " + process.pid());
      reader.setDaemon(true);
      reader.start();
    }

    private void read() {
      try (BufferedReader output = process.inputReader()) {
        output.lines().forEach(lines::add);
      } catch (IOException | UncheckedIOException e) {
        // It was killed in the middle of a line.
      }
    }

    /** Waits until it has printed these lines, and nothing else. */
    void expect(String... expected) {
      for (String line : expected) {
        assertThat(line(line)).isEqualTo(line);
      }
    }

    /** Waits until it has printed this line, whatever comes before it. */
    void expectSoon(String expected) {
      while (!line(expected).equals(expected)) {
        // Not yet.
      }
    }

    private String line(String expected) {
      try {
        String line = lines.poll(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(line)
            .as("what is printed within " + Patience.SECONDS + " s for " + expected)
            .isNotNull();
        return line;
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    /** Waits until it has ended by itself, without an error. */
    void expectEnd() throws InterruptedException {
      assertThat(process.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).as("ends by itself").isTrue();
      assertThat(process.exitValue()).as("exit code, having printed " + lines).isZero();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  // Candles

  private void bring(int first, int last, String price) {
    BigDecimal decimal = new BigDecimal(price);
    List<Bar> bars = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      bars.add(
          Bar.builder(market.exchange(), "BTC/USDT", Timeframe.M1, Instant.ofEpochSecond(60L * i))
              .prices(decimal, decimal, decimal, decimal)
              .build());
    }
    CacheNode.get(
        OhlcvCache.proxy(node.vertx())
            .updateOhlcvBars("BTC/USDT", market.exchange(), Timeframe.M1, bars));
  }

  private static final String[] SHOW_CANDLES = {
    "const show = name => bar => console.log(name, bar.time / 60, bar.close);",
    "const one = feed.subscribeCandles(exchange, 'BTC/USDT', '1m', show('one'), { count: 2 });",
  };

  @Test
  void getsCandlesAsTheyChange() throws Exception {
    bring(1, 5, "1");
    try (Script script =
        start(
            SHOW_CANDLES[0],
            SHOW_CANDLES[1],
            "feed.subscribeCandles(exchange, 'BTC/USDT', '5m', show('long'));",
            "feed.subscribeCandles(exchange, 'BTC/USDT', '1m', bar => {",
            "  if (bar.close !== '9') return;",
            "  console.log(bar.final, bar.corrected);",
            "  feed.close();",
            "}, { count: 0 });")) {
      script.expect("live", "one 4 1", "one 5 1", "long 0 1", "long 5 1");
      bring(5, 5, "2");
      script.expectSoon("one 5 2");
      bring(6, 6, "9");
      script.expectSoon("true undefined");
      script.expectSoon("closed");
      script.expectEnd();
    }
  }

  @Test
  void goesOnWithCandlesAfterAReconnectWithoutAHoleOrARepetition() {
    bring(1, 5, "1");
    try (Script script = start(SHOW_CANDLES)) {
      script.expect("live", "one 4 1", "one 5 1");
      wire.cut();
      script.expect("reconnecting");
      bring(5, 9, "2");
      wire.mend();

      script.expectSoon("one 5 2");
      script.expect("one 6 2", "one 7 2", "one 8 2", "one 9 2", "live");
      bring(10, 10, "3");
      script.expect("one 10 3");
    }
  }

  @Test
  void aLaterSubscriptionToTheSameCandlesGetsWhatItAsksFor() {
    bring(1, 5, "1");
    try (Script script =
        start(
            SHOW_CANDLES[0],
            SHOW_CANDLES[1],
            "setTimeout(() => {",
            "  one.close();",
            "  feed.subscribeCandles(exchange, 'BTC/USDT', '1m', show('two'), { count: 3 });",
            "}, 500);")) {
      script.expect("live", "one 4 1", "one 5 1", "two 4 1", "two 5 1", "two 3 1");
      bring(6, 6, "2");
      script.expect("two 6 2");
    }
  }

  @Test
  void getsTicksAsTheyComeAndEndsWhenClosed() throws Exception {
    market.store("BTC/USDT", "64182.270");
    try (Script script =
        start(
            "feed.subscribe(exchange, 'BTC/USDT', tick => {",
            "  console.log(tick.price);",
            "  if (tick.price === '3') feed.close();",
            "});",
            "console.log('got', (await feed.get(exchange, '*')).map(tick =>"
                + " tick.price).join());")) {
      script.expect("live", "64182.270", "got 64182.270");
      market.store("BTC/USDT", "2");
      script.expect("2");
      market.store("BTC/USDT", "3");
      script.expect("3", "closed");
      script.expectEnd();
    }
  }

  @Test
  void goesOnWhereItWasWhenTheConnectionWasLost() throws Exception {
    market.store("SAME", "1");
    market.store("OTHER", "1");
    market.store("GONE", "1");
    try (Script script =
        start(
            "feed.subscribe(exchange, ['GONE', 'OTHER', 'SAME'], tick => {",
            "  console.log(tick.symbol, tick.price);",
            "  if (tick.price === '3') feed.close();",
            "}, { onRemoved: gone => console.log(gone.symbol, 'gone') });")) {
      script.expect("live", "GONE 1", "OTHER 1", "SAME 1");
      wire.cut();
      market.store("OTHER", "2");
      market.delete("GONE");
      script.expect("reconnecting", "reconnecting"); // it is refused at least once
      wire.mend();
      script.expectSoon("OTHER 2");
      script.expect("live", "GONE gone");
      market.store("SAME", "3");
      script.expect("SAME 3", "closed");
      script.expectEnd();
    }
  }

  @Test
  void endsWhenClosedWithoutAConnection() throws Exception {
    wire.cut();
    try (Script script =
        start(
            "let attempts = 0;",
            "feed.addEventListener('state', ({ detail }) => {",
            "  if (detail.retryInMs !== undefined && ++attempts === 3) feed.close();",
            "});")) {
      script.expect("reconnecting", "reconnecting", "closed");
      script.expectEnd();
    }
  }

  @Test
  void reportsACallbackThatFailsAsUncaught() throws Exception {
    market.store("BTC/USDT", "1");
    try (Script script =
        start(
            "process.on('uncaughtException', e => {",
            "  console.log(e.message);",
            "  feed.close();",
            "});",
            "feed.subscribe(exchange, '*', () => { throw new Error('on purpose'); });",
            "feed.subscribe(exchange, '*', tick => console.log(tick.price));")) {
      script.expect("live", "1", "on purpose", "closed");
      script.expectEnd();
    }
  }

  @Test
  void usesTheWebSocketThatItIsGiven() throws Exception {
    market.store("BTC/USDT", "1");
    try (Script script =
        start(
            "const Given = globalThis.WebSocket;",
            "delete globalThis.WebSocket;",
            "const other = new TickerFeed(url, { WebSocket: Given });",
            "other.subscribe(exchange, '*', tick => {",
            "  console.log(tick.price);",
            "  feed.close();",
            "  other.close();",
            "});")) {
      script.expectSoon("1");
      script.expectEnd();
    }
  }

  @Test
  void saysWhatToPassWhereThereIsNoWebSocket() throws Exception {
    try (Script script =
        start(
            "feed.close();",
            "delete globalThis.WebSocket;",
            "try {",
            "  new TickerFeed(url);",
            "} catch (e) {",
            "  console.log(`${e.name}: ${e.message}`);",
            "}")) {
      script.expectSoon("TypeError: no WebSocket here: pass { WebSocket }");
      script.expectEnd();
    }
  }

  // The documentation

  @Test
  void theDocumentedTokenIsTaken() throws Exception {
    String code = Pages.blocks(FEED, "js").get(1);
    JsonObject web = new JsonObject().put("jwt_secret", Token.SECRET);
    try (CacheNode guarded = CacheNode.start(new JsonObject().put("web", web))) {
      Tick tick = Tick.of("binance", "BTC/USDT", BigDecimal.TEN, Instant.now());
      CacheNode.get(guarded.ticks().updateTicker("binance", tick));
      try (Script script =
          start(
              "feed.close();",
              "process.env.FULLON_CACHE_WEB_JWT_SECRET = '" + Token.SECRET + "';",
              code,
              "const guarded = 'ws://127.0.0.1:" + guarded.port() + "/feed';",
              "const bearer = new TickerFeed(guarded, { token });",
              "bearer.addEventListener('error', ({ detail }) => console.log(detail.code));",
              "bearer.subscribe('binance', '*', tick => {",
              "  console.log(tick.price);",
              "  bearer.close();",
              "});")) {
        script.expect("closed", "10");
        script.expectEnd();
      }
    }
  }

  /** In a React that renders one component, and nothing but what the hook returns. */
  @Test
  void theDocumentedHookShowsTheTickOfTheSymbolThatIsWanted() throws Exception {
    market.store("BTC/USDT", "1");
    market.store("ETH/USDT", "2");
    Files.writeString(
        folder.resolve("react.mjs"),
        """
        let state, effect, inputs, cleanup, render;
        export const useState = (initial) => {
          state ??= { value: initial };
          return [state.value, (value) => { state.value = value; render(); }];
        };
        export const useEffect = (run, now) => { effect = run; inputs = now; };
        let last;
        export function mount(component) {
          render = () => {
            component();
            if (inputs?.join() !== last) {
              cleanup?.();
              last = inputs?.join();
              cleanup = effect();
            }
          };
          render();
          return { render, unmount: () => cleanup() };
        }
        """);
    String hook =
        Pages.blocks(FEED, "jsx")
            .get(0)
            .replace("\"react\"", "'./react.mjs'")
            .replace("\"./ticker-feed.js\"", "'./ticker-feed.mjs'")
            .replace("ws://127.0.0.1:8080/feed", "ws://127.0.0.1:" + wire.port() + "/feed")
            .replace("const feed", "export const feed");
    Files.writeString(folder.resolve("hook.mjs"), hook);
    try (Script script =
        start(
            "feed.close();",
            "const { mount } = await import('./react.mjs');",
            "const hook = await import('./hook.mjs');",
            "let symbol = 'BTC/USDT';",
            "let shown;",
            "const show = () => {",
            "  const tick = hook.useTick(exchange, symbol);",
            "  const text = tick ? tick.symbol + ' ' + tick.price : 'nothing';",
            "  if (text !== shown) console.log(shown = text);",
            "  if (tick?.price === '1') setTimeout(() => { symbol = 'ETH/USDT'; app.render(); });",
            "  if (tick?.price === '2') setTimeout(() => { app.unmount(); hook.feed.close(); });",
            "};",
            "const app = mount(show);")) {
      script.expect("closed", "nothing", "BTC/USDT 1", "nothing", "ETH/USDT 2");
      script.expectEnd();
    }
  }
}
