package io.fullon.cache.bench.feed;

import io.fullon.cache.app.EmbeddedRedis;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One of the servers that are compared.
 *
 * @param name as in the report
 * @param ours whether it is this project's, which is told what is wanted; the others take the ticks
 *     from a channel and send all of them to everyone
 * @param source whether it has the source of the ticks in its process
 */
record Subject(String name, boolean ours, boolean source, Start start) {

  /** How its process is started. */
  interface Start {
    Child on(EmbeddedRedis redis) throws IOException;
  }

  static Subject ours(String name, int instances) {
    return new Subject(name, true, true, redis -> server(redis, instances));
  }

  /**
   * The same of another commit.
   *
   * @param tree where that is built
   */
  static Subject before(Path tree) throws IOException {
    Path target = tree.toAbsolutePath().resolve("target");
    String classPath =
        String.join(
            File.pathSeparator,
            target.resolve("test-classes").toString(),
            target.resolve("classes").toString(),
            Files.readString(target.resolve("bench-classpath")).strip());
    return new Subject(
        "ours before",
        true,
        true,
        redis -> Child.java(classPath, OurServer.class, redis.uri(), "1"));
  }

  /** It hears of the ticks that another program writes, as the others do. */
  static Subject hearing(String name) {
    return new Subject(name, true, false, redis -> server(redis, 1));
  }

  private static Child server(EmbeddedRedis redis, int instances) throws IOException {
    return Child.java(OurServer.class, redis.uri(), String.valueOf(instances));
  }

  /** The built server as a user starts it. It has no source of ticks. */
  static Subject built(String name) {
    return new Subject(
        name,
        false,
        false,
        redis ->
            Child.program(
                "scripts/start", "--redis", redis.uri(), "--port", "0", "--source", "none"));
  }

  static Subject plain() {
    return new Subject(
        "plain Vert.x", false, false, redis -> Child.java(PlainServer.class, redis.uri()));
  }

  /**
   * @param program how to run the script
   */
  static Subject script(String name, String program, String script) {
    return new Subject(
        name,
        false,
        false,
        redis -> Child.program(program, script, redis.uri(), Publisher.CHANNEL));
  }
}
