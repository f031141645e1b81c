package io.fullon.cache.app;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoOps;
import io.netty.channel.nio.NioSelectableChannelIoHandle;
import io.netty.util.internal.OutOfDirectMemoryError;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.internal.VertxInternal;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/** Meets an error as the application would, in one of the ways that there are. */
final class DyingProcess {

  /** Grown on an event loop until there is no memory any more. */
  private static final List<long[]> MEMORY = new ArrayList<>();

  private static final FileSystemOptions WITHOUT_FILES =
      new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false);

  private DyingProcess() {}

  /** One way to meet an error. */
  private interface Way {
    void go(Vertx vertx) throws Exception;
  }

  private static final Map<String, Way> WAYS =
      Map.ofEntries(
          Map.entry("handler", vertx -> vertx.runOnContext(v -> fail(noClass()))),
          Map.entry("timer", vertx -> vertx.setTimer(1, id -> fail(noClass()))),
          Map.entry("wrapped", vertx -> vertx.runOnContext(v -> fail(wrapped()))),
          Map.entry("message", DyingProcess::inAMessage),
          Map.entry("route", DyingProcess::inARoute),
          Map.entry("task", vertx -> loop(vertx).execute(() -> fail(noClass()))),
          Map.entry("promise", DyingProcess::inAListener),
          Map.entry("loop", DyingProcess::inTheLoopItself),
          Map.entry("thread", vertx -> new Thread(() -> fail(new AssertionError("x"))).start()),
          Map.entry("memory", vertx -> vertx.runOnContext(v -> useUpTheMemory())),
          Map.entry("overflow", vertx -> vertx.runOnContext(v -> fail(new StackOverflowError()))),
          Map.entry("buffers", vertx -> vertx.runOnContext(v -> fail(outOfBuffers()))),
          Map.entry("library", vertx -> vertx.runOnContext(v -> fail(new UnsatisfiedLinkError()))),
          Map.entry("bug", vertx -> vertx.runOnContext(v -> fail(new IllegalStateException()))),
          Map.entry("tried", vertx -> LoggerFactory.getLogger("l").info("no {}", 1, noClass())),
          Map.entry(
              "worker", vertx -> new Thread(() -> fail(new IllegalStateException())).start()));

  public static void main(String[] arguments) throws Exception {
    AtomicBoolean stopping = new AtomicBoolean();
    EmbeddedRedis redis = EmbeddedRedis.startPrivate();
    System.out.println("Redis: a server of its own on port " + redis.port() + ", for a test");
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {}));
    FatalErrors.endTheProcess();
    Vertx vertx = Vertx.vertx(new VertxOptions().setFileSystemOptions(WITHOUT_FILES));
    FatalErrors.endTheProcessWithALoopOf(vertx, stopping::get);

    WAYS.get(arguments[0]).go(vertx);
    System.in.read();
    // Loops that are told to end are no dead ones.
    stopping.set(true);
    vertx.close().await(30, TimeUnit.SECONDS);
    redis.close();
  }

  private static Error noClass() {
    return new NoClassDefFoundError("io/fullon/Missing");
  }

  private static RuntimeException wrapped() {
    return new IllegalStateException(new ExceptionInInitializerError(new IOException()));
  }

  private static Error outOfBuffers() {
    try {
      var constructor = OutOfDirectMemoryError.class.getDeclaredConstructor(String.class);
      constructor.setAccessible(true);
      return constructor.newInstance("one buffer too many");
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }

  private static void fail(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  private static void useUpTheMemory() {
    while (true) {
      MEMORY.add(new long[100_000]);
    }
  }

  private static EventLoop loop(Vertx vertx) {
    return ((VertxInternal) vertx).nettyEventLoopGroup().next();
  }

  private static void inAMessage(Vertx vertx) {
    vertx.eventBus().localConsumer("address", message -> fail(noClass()));
    vertx.eventBus().send("address", "message");
  }

  private static void inAListener(Vertx vertx) {
    loop(vertx).newSucceededFuture(null).addListener(done -> fail(noClass()));
  }

  private static void inARoute(Vertx vertx) {
    Router router = Router.router(vertx);
    router.get("/").handler(request -> fail(noClass()));
    vertx
        .createHttpServer()
        .requestHandler(router)
        .listen(0, "127.0.0.1")
        .compose(
            server ->
                vertx
                    .createHttpClient()
                    .request(HttpMethod.GET, server.actualPort(), "127.0.0.1", "/"))
        .onSuccess(request -> request.send());
  }

  /** Netty itself, between select and the channels, is what throws; no try is around that. */
  private static void inTheLoopItself(Vertx vertx) throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    NioSelectableChannelIoHandle<Pipe.SourceChannel> handle =
        new NioSelectableChannelIoHandle<>(pipe.source()) {
          @Override
          protected void handle(Pipe.SourceChannel channel, SelectionKey key) {
            throw new AssertionError("x");
          }

          @Override
          public void close() {
            // The process ends.
          }
        };
    ((IoEventLoop) loop(vertx))
        .register(handle)
        .addListener(
            registered -> {
              IoRegistration registration = (IoRegistration) registered.getNow();
              registration.submit(NioIoOps.READ);
              try {
                pipe.sink().write(ByteBuffer.wrap(new byte[1]));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }
}
