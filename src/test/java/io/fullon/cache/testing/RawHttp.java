package io.fullon.cache.testing;

import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A connection of an HTTP client that sends what it is told to, allowed or not. */
public final class RawHttp implements AutoCloseable {

  private final Socket socket;
  private final InputStream in;

  public RawHttp(int port) {
    try {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Patience.SECONDS));
      in = socket.getInputStream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What the server answered.
   *
   * @param headers by name in small letters
   */
  public record Answer(int status, TreeMap<String, List<String>> headers, Buffer body) {

    /** All headers of that name in one, or null. */
    public String header(String name) {
      List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
      return values == null ? null : String.join(", ", values);
    }

    public String text() {
      return body.toString();
    }
  }

  /** The answer to one request without a body, on a connection of its own. */
  public static Answer get(int port, String path, String... headers) {
    return request(port, "GET", path, headers);
  }

  /** The same with another method. */
  public static Answer request(int port, String method, String path, String... headers) {
    try (RawHttp http = new RawHttp(port)) {
      return http.send(head(method + " " + path + " HTTP/1.1", headers)).answer(method);
    }
  }

  /** A request's head for this machine, if no header says another host. */
  public static String head(String line, String... headers) {
    List<String> lines = new ArrayList<>(List.of(line));
    lines.addAll(List.of(headers));
    if (lines.stream().noneMatch(header -> header.startsWith("Host:"))) {
      lines.add("Host: localhost");
    }
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  public RawHttp send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** The next answer, to a request with that method. */
  public Answer answer(String method) {
    try {
      String[] lines = readHead().split("\r\n", -1);
      TreeMap<String, List<String>> headers = new TreeMap<>();
      for (int i = 1; i < lines.length - 2; i++) {
        String[] header = lines[i].split(": ?", 2);
        headers
            .computeIfAbsent(header[0].toLowerCase(Locale.ROOT), name -> new ArrayList<>())
            .add(header[1]);
      }
      int length =
          method.equals("HEAD")
              ? 0
              : Integer.parseInt(headers.getOrDefault("content-length", List.of("0")).get(0));
      return new Answer(
          Integer.parseInt(lines[0].split(" ", 3)[1]),
          headers,
          Buffer.buffer(in.readNBytes(length)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String readHead() throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    String text;
    do {
      int next = in.read();
      if (next < 0) {
        throw new SocketException("Closed after: " + head);
      }
      head.write(next);
      text = head.toString(StandardCharsets.ISO_8859_1);
    } while (!text.endsWith("\r\n\r\n"));
    return text;
  }

  /** Takes some of what has come; as little as it is, it makes room. */
  public RawHttp take(int bytes) {
    try {
      in.skip(Math.min(bytes, in.available()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Waits for the server to end the connection; gives what it sent before. */
  public String untilEnd() {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    try {
      in.transferTo(rest);
    } catch (SocketException e) {
      // A reset is an end too.
    } catch (IOException e) {
      throw new AssertionError("Not closed within " + Patience.SECONDS + " s, got " + rest, e);
    }
    return rest.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
