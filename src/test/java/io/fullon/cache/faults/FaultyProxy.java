package io.fullon.cache.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

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
    /** Everything arrives in small pieces. */
    TRICKLE,
    /** What the server answers is replaced by something else. */
    GARBAGE
  }

  private static final long DELAY_MS = 100;
  private static final int PIECE = 7;

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
    synchronized (changed) {
      fault = next;
      changed.notifyAll();
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
        for (int i = 0; i < length; i += PIECE) {
          output.write(buffer, i, Math.min(PIECE, length - i));
        }
      }
      case GARBAGE -> {
        if (answer) {
          Arrays.fill(buffer, 0, length, (byte) '?');
        }
        output.write(buffer, 0, length);
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
