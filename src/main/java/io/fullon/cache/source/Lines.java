package io.fullon.cache.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * The lines of a file, one at a time, counted as editors do: only a line feed ends a line. What
 * gzip has compressed is read as it was before, whatever the file's name is. Memory is bounded
 * whatever the file is: of a line longer than {@link #MAX_BYTES} the rest is left out.
 */
final class Lines implements Closeable {

  static final int MAX_BYTES = 1 << 22;

  private static final String BYTE_ORDER_MARK = "\uFEFF";
  private static final int BUFFER = 1 << 16;

  /** How much of a file shows what it is. */
  private static final int BEGINNING = 1 << 13;

  /** How every file of gzip begins (RFC 1952, section 2.3.1). */
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};

  private final Path file;
  private final FileChannel channel;
  private final InputStream in;
  private final byte[] chunk = new byte[BUFFER];
  private byte[] line = new byte[1 << 10];
  private int position;
  private int limit;
  private long number;
  private boolean inside;
  private long bytes;
  private long unpackedFrom;

  private Lines(Path file, FileChannel channel, InputStream in) {
    this.file = file;
    this.channel = channel;
    this.in = in;
  }

  static Lines open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file);
    try {
      return new Lines(file, channel, unpacked(Channels.newInputStream(channel)));
    } catch (IOException e) {
      channel.close();
      throw new IOException(reason(e), e);
    }
  }

  private static InputStream unpacked(InputStream raw) throws IOException {
    InputStream in = new BufferedInputStream(raw, BUFFER);
    in.mark(GZIP.length);
    boolean isGzip = Arrays.equals(in.readNBytes(GZIP.length), GZIP);
    in.reset();
    return isGzip ? new GZIPInputStream(in, BUFFER) : in;
  }

  /**
   * Looks whether the file can be read, and whether it is text.
   *
   * @throws IOException saying what it is instead
   */
  static void check(Path file) throws IOException {
    try (Lines lines = open(file)) {
      if (!isText(lines.beginning())) {
        throw new IOException("it is no text");
      }
    } catch (UncheckedIOException e) {
      throw new IOException(reason(e.getCause()), e);
    }
  }

  /** What can be read of the file's beginning, which may be less than there is. */
  private byte[] beginning() {
    byte[] beginning = new byte[BEGINNING];
    int length = 0;
    try {
      while (length < BEGINNING && fill()) {
        int part = Math.min(limit - position, BEGINNING - length);
        System.arraycopy(chunk, position, beginning, length, part);
        length += part;
        position += part;
      }
    } catch (UncheckedIOException e) {
      if (length == 0) {
        throw e;
      }
    }
    return Arrays.copyOf(beginning, length);
  }

  /**
   * Bytes that no text has make a line a bad one. They make a file none of text when no line of its
   * beginning is without them and begins as JSON does.
   */
  private static boolean isText(byte[] beginning) {
    boolean isText = true;
    int start = 0;
    for (int end = 0; end <= beginning.length; end++) {
      if (end == beginning.length || beginning[end] == '\n') {
        boolean isWhole = end < beginning.length || end < BEGINNING;
        String text = text(beginning, start, end, isWhole);
        if (text != null && text.replace(BYTE_ORDER_MARK, "").stripLeading().startsWith("{")) {
          return true;
        }
        isText &= text != null;
        start = end + 1;
      }
    }
    return isText;
  }

  /** The text of these bytes; null when they are none. */
  private static String text(byte[] bytes, int start, int end, boolean isWhole) {
    for (int i = start; i < end; i++) {
      if (bytes[i] == 0) {
        return null;
      }
    }
    // The beginning may end in the middle of a character.
    CharBuffer text = CharBuffer.allocate(end - start);
    ByteBuffer encoded = ByteBuffer.wrap(bytes, start, end - start);
    boolean isMalformed = UTF_8.newDecoder().decode(encoded, text, isWhole).isError();
    return isMalformed ? null : text.flip().toString();
  }

  /**
   * The next line without its end, null behind the last one. What is not UTF-8 becomes replacement
   * characters. What follows the first {@link #MAX_BYTES} of a line comes as empty pieces, so that
   * no call takes long: then {@link #isInside} a line.
   *
   * @throws UncheckedIOException naming the file when it cannot be read
   */
  String next() {
    int length = 0;
    int read = 0;
    boolean ended = false;
    boolean skips = inside;
    while (!ended && read < MAX_BYTES && fill()) {
      int end = position;
      int most = (int) Math.min(limit, (long) position + MAX_BYTES - read);
      while (end < most && chunk[end] != '\n') {
        end++;
      }
      ended = end < most;
      int part = end - position;
      if (!skips) {
        append(length, part);
        length += part;
      }
      read += ended ? part + 1 : part;
      position = ended ? end + 1 : end;
    }
    bytes += read;
    inside = !ended && read == MAX_BYTES;
    if (skips) {
      return read == 0 ? null : "";
    }
    if (read == 0) {
      return null;
    }
    number++;
    return text(length);
  }

  private void append(int length, int part) {
    if (line.length < length + part) {
      line = Arrays.copyOf(line, Math.max(2 * line.length, length + part));
    }
    System.arraycopy(chunk, position, line, length, part);
  }

  private String text(int length) {
    int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
    String text = new String(line, 0, end, UTF_8);
    return number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  private boolean fill() {
    try {
      if (position == limit) {
        position = 0;
        limit = Math.max(0, in.read(chunk));
        unpackedFrom = channel.position();
      }
      return position < limit;
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + file + " failed: " + reason(e), e);
    }
  }

  private static String reason(IOException cause) {
    if (cause instanceof EOFException) {
      return "its compressed data ends too early";
    }
    return cause instanceof ZipException
        ? "its compressed data is damaged (" + cause.getMessage() + ")"
        : cause.getMessage();
  }

  /** The number of the line that came last, from 1 on. */
  long number() {
    return number;
  }

  /** Whether the line that came last, or a piece of it, goes on. */
  boolean isInside() {
    return inside;
  }

  /** How many bytes of the file have been read as lines; where it is compressed, nearly so. */
  long bytes() {
    return in instanceof GZIPInputStream ? unpackedFrom : bytes;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
