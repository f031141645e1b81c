package io.fullon.cache.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequestDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How long requests may take to come and answers to be taken, on a clock of the test. */
class HttpDeadlinesTest {

  private static final int MILLIS = 1_000;
  private static final String REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

  /** A client that takes what it is told to. */
  private static final class Client extends ChannelOutboundHandlerAdapter {

    private final Deque<ChannelPromise> due = new ArrayDeque<>();

    @Override
    public void write(ChannelHandlerContext context, Object bytes, ChannelPromise promise) {
      due.add(promise);
    }

    void take() {
      due.remove().setSuccess();
    }
  }

  private final Client client = new Client();
  private final EmbeddedChannel channel = channel();

  private EmbeddedChannel channel() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    channel.pipeline().addLast(client, new HttpRequestDecoder());
    RequestDeadline.watch(channel.pipeline(), MILLIS);
    AnswerDeadline.watch(channel.pipeline(), MILLIS);
    return channel;
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  private void receive(String text) {
    channel.writeInbound(bytes(text));
    channel.releaseInbound();
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the client takes it or not
  private void answer() {
    channel.write(Unpooled.EMPTY_BUFFER);
  }

  private boolean isOpenAfter(long millis) {
    channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    channel.runPendingTasks();
    return channel.isOpen();
  }

  // Requests

  @Test
  void aRequestHasItsTimeHoweverManyBytesOfItCome() {
    for (int i = 0; i < 9; i++) {
      receive(REQUEST.substring(i, i + 1));
      assertThat(isOpenAfter(MILLIS / 10)).isTrue();
    }
    receive(REQUEST.substring(9, 10));
    assertThat(isOpenAfter(MILLIS / 10)).isFalse();
  }

  @Test
  void aBodyBelongsToItsRequest() {
    receive("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\na");
    assertThat(isOpenAfter(MILLIS - 1)).isTrue();
    assertThat(isOpenAfter(1)).isFalse();
  }

  @Test
  void oneRequestAfterTheOtherHasTheTimeForItself() {
    for (int i = 0; i < 5; i++) {
      receive(REQUEST.substring(0, 9));
      assertThat(isOpenAfter(MILLIS - 1)).isTrue();
      receive(REQUEST.substring(9));
    }
  }

  @Test
  void betweenTwoRequestsThereIsNoLimit() {
    receive(REQUEST);
    assertThat(isOpenAfter(10 * MILLIS)).isTrue();
    receive(REQUEST);
    assertThat(isOpenAfter(10 * MILLIS)).isTrue();
  }

  @Test
  void whileTheServerDoesNotReadTheClientIsNotToBlame() {
    receive("G");
    channel.config().setAutoRead(false);
    assertThat(isOpenAfter(MILLIS)).isTrue();
    channel.config().setAutoRead(true);
    assertThat(isOpenAfter(MILLIS)).isFalse();
  }

  // Answers

  @Test
  void whoHasNotTakenAnAnswerInTimeIsCut() {
    answer();
    assertThat(isOpenAfter(MILLIS - 1)).isTrue();
    assertThat(isOpenAfter(1)).isFalse();
  }

  @Test
  void whoNeverCatchesUpIsCutThoughHeTakesAnswers() {
    answer();
    answer();
    for (int i = 0; i < 9; i++) {
      client.take();
      answer();
      assertThat(isOpenAfter(MILLIS / 10)).isTrue();
    }
    client.take();
    assertThat(isOpenAfter(MILLIS / 10)).isFalse();
  }

  @Test
  void oneAnswerAfterTheOtherHasTheTimeForItself() {
    for (int i = 0; i < 5; i++) {
      answer();
      assertThat(isOpenAfter(MILLIS - 1)).isTrue();
      client.take();
    }
    assertThat(isOpenAfter(10 * MILLIS)).isTrue();
  }

  // The feed

  @Test
  void whatBecomesAConnectionToTheFeedIsLeftAlone() {
    receive("G");
    answer();

    RequestDeadline.forget(channel.pipeline());
    AnswerDeadline.forget(channel.pipeline());

    assertThat(isOpenAfter(10 * MILLIS)).isTrue();
    client.take();
    answer();
    receive("anything");
    assertThat(isOpenAfter(10 * MILLIS)).isTrue();
  }
}
