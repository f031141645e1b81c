package io.fullon.cache.feed;

import static io.fullon.cache.testing.RawWebSocket.FIN;
import static io.fullon.cache.testing.RawWebSocket.RSV1;
import static io.fullon.cache.testing.RawWebSocket.TEXT;
import static io.fullon.cache.testing.RawWebSocket.frame;

import ch.qos.logback.classic.Level;
import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.ChildJvm;
import io.fullon.cache.testing.Deflated;
import io.fullon.cache.testing.LogLines;
import io.fullon.cache.testing.RawWebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What clients send against the rules leaves nothing behind in Netty's buffers. */
class CorruptMessagesIT {

  private static final String NO_LEAK = "0 leaks";
  private static final int ROUNDS = 10;
  private static final int CONNECTIONS = 20;

  /** Netty looks for leaks in a process that was started so. */
  static final class Attacked {

    private Attacked() {}

    public static void main(String[] arguments) {
      try (LogLines log = LogLines.of("io.netty.util.ResourceLeakDetector", Level.ERROR);
          CacheNode node = CacheNode.start("web", "deflate", true)) {
        for (int round = 0; round < ROUNDS; round++) {
          attack(node.port());
          System.gc(); // what was leaked is noticed when the next buffer is allocated
        }
        System.out.println(log.lines().size() + " leaks");
        log.lines().forEach(System.err::println);
      }
      System.exit(0);
    }

    private static void attack(int port) {
      for (int i = 0; i < CONNECTIONS; i++) {
        for (byte[] frames : corrupt()) {
          try (RawWebSocket client =
              new RawWebSocket(port, "Sec-WebSocket-Extensions: permessage-deflate")) {
            client.send(frames).closeCode();
          }
        }
      }
    }

    private static List<byte[]> corrupt() {
      byte[] rubbish = "not compressed, not at all".getBytes(StandardCharsets.US_ASCII);
      try (Deflated deflated = new Deflated()) {
        byte[] noText = new byte[30_000];
        new Random(1).nextBytes(noText);
        byte[] spoilt = deflated.deflateAlone(noText);
        Arrays.fill(spoilt, spoilt.length / 2, spoilt.length, (byte) -1);
        byte[] last = deflated.deflateLast(new byte[] {'{', '}'});
        return List.of(
            frame(FIN | RSV1 | TEXT, spoilt),
            join(frame(FIN | RSV1 | TEXT, last), frame(FIN | RSV1 | TEXT, rubbish)),
            frame(FIN | RSV1 | TEXT, rubbish),
            frame(RSV1 | TEXT, rubbish),
            frame(FIN | RSV1 | TEXT, deflated.deflateAlone(new byte[100_000])),
            frame(FIN | RSV1 | TEXT, deflated.deflateAlone(new byte[] {-1, -1})),
            frame(FIN | TEXT, new byte[] {-1, -1}),
            frame(FIN | RSV1 | 0x20 | TEXT, rubbish),
            RawWebSocket.close(999, rubbish),
            RawWebSocket.close(1000, (byte) -1));
      }
    }
  }

  private static byte[] join(byte[] one, byte[] other) {
    byte[] both = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, both, one.length, other.length);
    return both;
  }

  @Test
  void nothingLeaks() {
    try (ChildJvm process =
        ChildJvm.startWith("-Dio.netty.leakDetection.level=paranoid", Attacked.class)) {
      process.expect(NO_LEAK);
    }
  }
}
