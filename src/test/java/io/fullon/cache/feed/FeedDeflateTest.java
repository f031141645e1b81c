package io.fullon.cache.feed;

import static io.fullon.cache.testing.RawWebSocket.BINARY;
import static io.fullon.cache.testing.RawWebSocket.CONTINUATION;
import static io.fullon.cache.testing.RawWebSocket.FIN;
import static io.fullon.cache.testing.RawWebSocket.PING;
import static io.fullon.cache.testing.RawWebSocket.RSV1;
import static io.fullon.cache.testing.RawWebSocket.TEXT;
import static io.fullon.cache.testing.RawWebSocket.frame;
import static io.fullon.cache.testing.RawWebSocket.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.testing.CacheNode;
import io.fullon.cache.testing.Deflated;
import io.fullon.cache.testing.RawWebSocket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What RFC 7692 wants of a server, byte for byte. */
class FeedDeflateTest {

  private static final String OFFER = "permessage-deflate";
  private static final int COMPRESSED = FIN | RSV1 | TEXT;
  private static final int MAX_MESSAGE = 65_536;

  @AutoClose
  private static final CacheNode node =
      CacheNode.start("web", "deflate", true, "max_requests_per_second", 1_000_000);

  @AutoClose private RawWebSocket client;
  @AutoClose private final Deflated deflated = new Deflated();
  private boolean forgets;

  @BeforeEach
  void connect() {
    client = connect(OFFER);
  }

  private static RawWebSocket connect(String offer) {
    return new RawWebSocket(node.port(), "Sec-WebSocket-Extensions: " + offer);
  }

  private static byte[] request(String id) {
    return ("{\"op\":\"ping\",\"req_id\":\"" + id + "\"}").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] request(String id, int length) {
    byte[] request = Arrays.copyOf(request(id), length);
    Arrays.fill(request, request(id).length, length, (byte) ' ');
    return request;
  }

  private void send(byte[] payload) {
    client.send(frame(COMPRESSED, payload));
  }

  /** The next answer, in short, and whether it is compressed as all must be. */
  private String answer() throws DataFormatException {
    String answer = null;
    while (answer == null) {
      RawWebSocket.Frame frame = client.next();
      assertThat(frame).as("a frame").isNotNull();
      if (frame.opcode() != TEXT) {
        return "opcode " + frame.opcode();
      }
      assertThat(frame.isCompressed()).isTrue();
      answer =
          RawWebSocket.answer(
              new String(deflated.inflate(frame.payload()), StandardCharsets.UTF_8));
      if (forgets) {
        deflated.forget();
      }
    }
    return answer;
  }

  private void assertAnswered(String id) throws DataFormatException {
    assertThat(answer()).isEqualTo("pong " + id);
  }

  // What is agreed on

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "nothing",
      value = {
        "permessage-deflate | permessage-deflate",
        "permessage-deflate; client_max_window_bits | permessage-deflate",
        "permessage-deflate; client_max_window_bits=9 |"
            + " permessage-deflate;client_max_window_bits=9",
        "permessage-deflate; client_no_context_takeover | permessage-deflate",
        "permessage-deflate; server_no_context_takeover |"
            + " permessage-deflate;server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover |"
            + " permessage-deflate;server_no_context_takeover",
        "permessage-deflate; server_max_window_bits=9, permessage-deflate | permessage-deflate",
        "permessage-deflate; unknown=1 | nothing",
        "permessage-deflate; client_max_window_bits=7 | nothing",
        "permessage-deflate; client_max_window_bits=16 | nothing",
        "x-unknown, permessage-deflate | permessage-deflate",
        "x-webkit-deflate-frame | nothing"
      })
  void anOfferIsTakenAsItIsOrDeclined(String offer, String agreed) throws DataFormatException {
    client.close();
    client = connect(offer);

    assertThat(client.extensions().replace(" ", "")).isEqualTo(agreed == null ? "" : agreed);

    forgets = client.extensions().contains("server_no_context_takeover");
    for (int i = 0; i < 3; i++) {
      if (agreed == null) {
        client.send(text(new String(request("a" + i), StandardCharsets.UTF_8)));
        assertThat(client.answer()).isEqualTo("pong a" + i);
      } else {
        send(i == 1 ? deflated.deflateAlone(request("a" + i)) : deflated.deflate(request("a" + i)));
        assertAnswered("a" + i);
      }
    }
  }

  // What a client may send

  @ParameterizedTest
  @ValueSource(ints = {40, 64, 126, 1_024, 4_096, 4_097, 16_384, MAX_MESSAGE})
  void messagesOfAnyLength(int length) throws DataFormatException {
    for (int i = 0; i < 40; i++) {
      send(deflated.deflate(request("a" + i, length)));
      assertAnswered("a" + i);
    }
  }

  @ParameterizedTest
  @CsvSource({"0,0", "1,0", "9,0", "9,1", "9,2"})
  void blocksOfAnyKind(int level, int strategy) throws DataFormatException {
    try (Deflated other = new Deflated(level, strategy)) {
      for (int length : new int[] {30, 300, 20_000, 60_000}) {
        send(other.deflate(request("a", length)));
        assertAnswered("a");
      }
    }
  }

  @Test
  void whoForgetsAfterEachMessage() throws DataFormatException {
    for (int i = 0; i < 10; i++) {
      send(deflated.deflateAlone(request("a" + i)));
      assertAnswered("a" + i);
    }
  }

  @Test
  void aBlockThatSaysToBeTheLastAndOthersBehindIt() throws DataFormatException {
    for (int i = 0; i < 10; i++) {
      send(deflated.deflateLast(request("a" + i)));
      assertAnswered("a" + i);
      send(deflated.deflateAlone(request("b" + i)));
      assertAnswered("b" + i);
    }
  }

  /** RFC 7692, section 7.2.3.5: two blocks in one message, of which the first is the last. */
  @Test
  void severalBlocksInOneMessage() throws DataFormatException {
    byte[] request = request("a");
    byte[] first = deflated.deflateLast(Arrays.copyOf(request, 12));
    byte[] second = deflated.deflateAlone(Arrays.copyOfRange(request, 12, request.length));
    byte[] both = Arrays.copyOf(first, first.length - 1 + second.length);
    System.arraycopy(second, 0, both, first.length - 1, second.length);

    send(both);

    assertAnswered("a");
    send(deflated.deflate(request("b")));
    assertAnswered("b");
  }

  @Test
  void fragmentsInEveryCut() throws DataFormatException {
    int length = new Deflated().deflate(request("a")).length;
    for (int cut = 0; cut <= length; cut++) {
      byte[] message = deflated.deflateAlone(request("a"));
      client.send(frame(RSV1 | TEXT, Arrays.copyOf(message, cut)));
      client.send(frame(FIN | PING, new byte[0]));
      assertThat(answer()).isEqualTo("opcode 10");
      client.send(frame(CONTINUATION, new byte[0]));
      client.send(frame(FIN, Arrays.copyOfRange(message, cut, message.length)));
      assertAnswered("a");
    }
  }

  @Test
  void aBlockThatSaysToBeTheLastInEveryCut() throws DataFormatException {
    int length = new Deflated().deflateLast(request("a")).length;
    for (int cut = 0; cut <= length; cut++) {
      byte[] message = deflated.deflateLast(request("a"));
      client.send(frame(RSV1 | TEXT, Arrays.copyOf(message, cut)));
      client.send(frame(FIN, Arrays.copyOfRange(message, cut, message.length)));
      assertAnswered("a");
    }
  }

  @Test
  void messagesThatAreNotCompressedBetweenOthers() throws DataFormatException {
    for (int i = 0; i < 5; i++) {
      send(deflated.deflate(request("a" + i)));
      client.send(text(new String(request("b" + i), StandardCharsets.UTF_8)));
      assertAnswered("a" + i);
      assertAnswered("b" + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "0200", "010000ffff00", "030000"})
  void anEmptyMessage(String hex) throws DataFormatException {
    send(HexFormat.of().parseHex(hex));
    assertThat(answer()).isEqualTo("error MALFORMED_MESSAGE");
    send(deflated.deflate(request("a")));
    assertAnswered("a");
  }

  @Test
  void binary() throws DataFormatException {
    client.send(frame(FIN | RSV1 | BINARY, deflated.deflate(new byte[] {-1, -2})));
    assertThat(answer()).isEqualTo("error MALFORMED_MESSAGE");
    send(deflated.deflate(request("a")));
    assertAnswered("a");
  }

  // What it may not

  private void assertClosed(int code) {
    assertThat(client.closeCode()).isEqualTo(code);
    assertThat(client.next()).as("after the closing frame").isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "ffffff", "06", "07", "0100000000", "6e6f7420636f6d70726573736564"})
  void whatWasNotDeflated(String hex) throws DataFormatException {
    send(deflated.deflate(request("a")));
    assertAnswered("a");

    send(HexFormat.of().parseHex(hex));

    assertClosed(1007);
  }

  @Test
  void whatWasNotDeflatedInALaterFragmentIsRefusedBeforeTheMessageEnds() {
    byte[] message = deflated.deflate(request("a"));
    client.send(frame(RSV1 | TEXT, message));

    client.send(frame(CONTINUATION, new byte[] {-1, -1, -1, -1}));

    assertClosed(1007);
  }

  @Test
  void whatIsNoText() {
    send(deflated.deflate(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}));

    assertClosed(1007);
  }

  @Test
  void whatIsTooLongWhenInflated() {
    send(deflated.deflate(request("a", MAX_MESSAGE + 1)));

    assertClosed(1009);
  }

  @Test
  void fragmentsThatAreTooLongWhenInflated() {
    byte[] message = deflated.deflate(request("a", MAX_MESSAGE + 1));
    client.send(frame(RSV1 | TEXT, Arrays.copyOf(message, message.length / 2)));
    client.send(frame(FIN, Arrays.copyOfRange(message, message.length / 2, message.length)));

    assertClosed(1009);
  }

  /** A message of 64 KB that would be 64 MB. */
  @Test
  void aBomb() {
    Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    deflater.setInput(new byte[60_000_000]);
    byte[] room = new byte[MAX_MESSAGE];
    int length = deflater.deflate(room, 0, room.length, Deflater.SYNC_FLUSH);
    deflater.end();

    send(Arrays.copyOf(room, length - 4));

    assertClosed(1009);
  }

  @Test
  void aContinuationThatSaysToBeCompressed() {
    byte[] message = deflated.deflate(request("a"));
    client.send(frame(RSV1 | TEXT, Arrays.copyOf(message, 5)));
    client.send(frame(FIN | RSV1, Arrays.copyOfRange(message, 5, message.length)));

    assertClosed(1002);
  }
}
