package io.fullon.cache.faults;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A network between a client and a server on this machine, which can be made a bad one. */
final class FaultyProxy implements AutoCloseable {

  /** What it does with what it gets. */
  enum Fault {
    NONE,
    /** Nothing arrives in either direction; what is under way arrives when that is over. */
    CUT,
    /** What clients send arrives, what the server answers does not. */
    CUT_FROM_SERVER,
    /** What the server sends arrives, what clients send does not. */
    CUT_TO_SERVER,
    /** Everything arrives late. */
    DELAY,
    /** Everything arrives byte by byte. */
    TRICKLE,
    /** What the server answers is replaced by bytes that mean nothing. */
    GARBAGE,
    /**
     * Somebody else listens there, who speaks the protocol but answers every command with what no
     * such command has for an answer. Begins and ends with a reset: connections stay with whom they
     * were made to.
     */
    LIES
  }

  private static final long DELAY_MS = 100;
  private static final long BETWEEN_BYTES_NANOS = 20_000;

  /** Not the beginning of an answer; what looks like one cannot be told from one. */
  private static final byte NO_ANSWER = '?';

  /** Answers to no command; a number or a null would be believed. */
  private static final List<String> WRONG_ANSWERS =
      List.of("*1\r\n$7\r\ngarbage\r\n", "$7\r\ngarbage\r\n", "+garbage\r\n", "-ERR garbage\r\n");

  private final ServerSocket server;
  private final int target;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Object changed = new Object();
  private volatile Fault fault = Fault.NONE;

  FaultyProxy(int target) {
    this.target = target;
    try {
      server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    run("proxy", this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void become(Fault next) {
    boolean other = (next == Fault.LIES) != (fault == Fault.LIES);
    synchronized (changed) {
      fault = next;
      changed.notifyAll();
    }
    if (other) {
      reset();
    }
  }

  /** Cuts all present connections the hard way: the other side is told by a reset. */
  void reset() {
    for (Socket socket : open) {
      try {
        socket.setSoLinger(true, 0);
        socket.close();
      } catch (IOException e) {
        // It was gone already.
      }
    }
  }

  private static void run(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        if (fault == Fault.LIES) {
          open.add(client);
          run("liar", () -> lie(client));
          continue;
        }
        Socket back = new Socket(InetAddress.getLoopbackAddress(), target);
        open.add(client);
        open.add(back);
        client.setTcpNoDelay(true);
        back.setTcpNoDelay(true);
        run("to the server", () -> copy(client, back, Fault.CUT_TO_SERVER));
        run("from the server", () -> copy(back, client, Fault.CUT_FROM_SERVER));
      }
    } catch (IOException e) {
      // It was closed, or there is no server: a client that waits is told by its own deadline.
      if (!server.isClosed()) {
        accept();
      }
    }
  }

  private void copy(Socket from, Socket to, Fault cut) {
    try (from;
        to) {
      InputStream input = from.getInputStream();
      OutputStream output = to.getOutputStream();
      byte[] buffer = new byte[65_536];
      int length;
      while ((length = input.read(buffer)) > 0) {
        awaitNot(cut);
        pass(buffer, length, output, cut == Fault.CUT_FROM_SERVER);
      }
    } catch (IOException | InterruptedException e) {
      // One of the two is gone, and then so is the other.
    } finally {
      open.remove(from);
      open.remove(to);
    }
  }

  private void lie(Socket client) {
    try (client) {
      InputStream input = new BufferedInputStream(client.getInputStream());
      OutputStream output = client.getOutputStream();
      String command = readCommand(input);
      while (fault == Fault.LIES) {
        output.write(lie(command).getBytes(StandardCharsets.US_ASCII));
        command = readCommand(input);
      }
    } catch (IOException e) {
      // The client is gone.
    } finally {
      open.remove(client);
    }
  }

  private static String lie(String command) {
    return switch (command.toUpperCase(Locale.ROOT)) {
      // Without these there would be no connection to be lied to on.
      case "HELLO" -> "-ERR unknown command\r\n";
      case "PING" -> "+PONG\r\n";
      default -> WRONG_ANSWERS.get(ThreadLocalRandom.current().nextInt(WRONG_ANSWERS.size()));
    };
  }

  /** Reads a command with its arguments; gives its name. */
  private static String readCommand(InputStream input) throws IOException {
    int more = readLength(input) - 1;
    String command = readBulk(input);
    for (int i = 0; i < more; i++) {
      readBulk(input);
    }
    return command;
  }

  private static String readBulk(InputStream input) throws IOException {
    byte[] bulk = input.readNBytes(readLength(input));
    readLine(input);
    return new String(bulk, StandardCharsets.UTF_8);
  }

  private static int readLength(InputStream input) throws IOException {
    return Integer.parseInt(readLine(input).substring(1));
  }

  private static String readLine(InputStream input) throws IOException {
    StringBuilder line = new StringBuilder();
    int next;
    while ((next = input.read()) != '\n') {
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  private void awaitNot(Fault cut) throws InterruptedException {
    synchronized (changed) {
      while (fault == Fault.CUT || fault == cut) {
        changed.wait();
      }
    }
  }

  private void pass(byte[] buffer, int length, OutputStream output, boolean answer)
      throws IOException, InterruptedException {
    switch (fault) {
      case DELAY -> {
        TimeUnit.MILLISECONDS.sleep(DELAY_MS);
        output.write(buffer, 0, length);
      }
      case TRICKLE -> {
        long due = System.nanoTime();
        for (int i = 0; i < length; i++) {
          output.write(buffer, i, 1);
          due += BETWEEN_BYTES_NANOS; // as fast on every machine: a pause is longer than asked for
          LockSupport.parkNanos(due - System.nanoTime());
        }
      }
      case GARBAGE -> {
        if (answer) {
          byte[] garbage = new byte[length];
          ThreadLocalRandom.current().nextBytes(garbage);
          garbage[0] = NO_ANSWER;
          output.write(garbage);
        } else {
          output.write(buffer, 0, length);
        }
      }
      default -> output.write(buffer, 0, length);
    }
  }

  @Override
  public void close() {
    become(Fault.NONE);
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    reset();
  }
}
