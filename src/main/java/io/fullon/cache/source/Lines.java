package io.fullon.cache.source;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The lines of a file, one at a time, counted as editors do: only a line feed ends a line. Memory
 * is bounded whatever the file is: of a line longer than {@link #MAX_BYTES} the rest is left out.
 */
final class Lines implements Closeable {

  static final int MAX_BYTES = 1 << 22;

  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private final Path file;
  private final InputStream in;
  private final byte[] chunk = new byte[1 << 16];
  private byte[] line = new byte[1 << 10];
  private int position;
  private int limit;
  private long number;
  private long bytes;

  private Lines(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  static Lines open(Path file) throws IOException {
    return new Lines(file, Files.newInputStream(file));
  }

  /**
   * The next line without its end, null behind the last one. What is not UTF-8 becomes replacement
   * characters.
   *
   * @throws UncheckedIOException naming the file when it cannot be read
   */
  String next() {
    int length = 0;
    boolean ended = false;
    boolean some = false;
    while (!ended && fill()) {
      some = true;
      int end = position;
      while (end < limit && chunk[end] != '\n') {
        end++;
      }
      ended = end < limit;
      int part = Math.min(end - position, MAX_BYTES - length);
      if (line.length < length + part) {
        line = Arrays.copyOf(line, Math.max(2 * line.length, length + part));
      }
      System.arraycopy(chunk, position, line, length, part);
      length += part;
      int next = ended ? end + 1 : end;
      bytes += next - position;
      position = next;
    }
    if (!some) {
      return null;
    }
    number++;
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    String text = new String(line, 0, length, StandardCharsets.UTF_8);
    return number == 1 && text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
  }

  private boolean fill() {
    try {
      if (position == limit) {
        position = 0;
        limit = Math.max(0, in.read(chunk));
      }
      return position < limit;
    } catch (IOException e) {
      throw new UncheckedIOException("Reading " + file + " failed: " + e.getMessage(), e);
    }
  }

  /** The number of the line that came last, from 1 on. */
  long number() {
    return number;
  }

  /** How many bytes of the file have been read as lines. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
