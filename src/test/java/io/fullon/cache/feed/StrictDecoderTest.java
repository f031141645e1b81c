package io.fullon.cache.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.RawWebSocket;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StrictDecoderTest {

  /** RFC 6455, section 7.4, and what was registered since. */
  static boolean mayBeSent(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }

  @Test
  void ofAllClosingCodesThoseAreTakenThatMayBeSent() {
    assertThat(IntStream.range(0, 1 << 16).filter(StrictDecoderTest::isTaken))
        .containsExactlyElementsOf(
            IntStream.range(0, 1 << 16).filter(StrictDecoderTest::mayBeSent).boxed().toList());
  }

  private static boolean isTaken(int code) {
    EmbeddedChannel channel = new EmbeddedChannel(new StrictDecoder(false, 1_000));
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(RawWebSocket.close(code)));
      CloseWebSocketFrame frame = channel.readInbound();
      return frame.release();
    } catch (CorruptedWebSocketFrameException e) {
      return false;
    }
  }
}
