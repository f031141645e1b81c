package io.fullon.cache.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** Nanoseconds of processor time, as Linux counts them. */
final class Cpu {

  private Cpu() {}

  /** Of the first thread of a process, which in Redis does nearly everything. */
  static long ofProcess(long pid) {
    try {
      String used = Files.readString(Path.of("/proc", String.valueOf(pid), "schedstat"));
      return Long.parseLong(used.substring(0, used.indexOf(' ')));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of all threads of this process. */
  static long ofThisProcess() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** Of this process's event loops: without the compiler and the collector of garbage. */
  static long ofEventLoops() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(Objects::nonNull)
        .filter(thread -> thread.getThreadName().startsWith("vert.x-eventloop-thread"))
        .mapToLong(ThreadInfo::getThreadId)
        .map(threads::getThreadCpuTime)
        .sum();
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The number behind the first such text of what INFO says; 0 where there is none. */
  static long field(String info, String before) {
    int start = info.indexOf(before);
    if (start < 0) {
      return 0;
    }
    int end = start + before.length();
    while (end < info.length() && Character.isDigit(info.charAt(end))) {
      end++;
    }
    return Long.parseLong(info.substring(start + before.length(), end));
  }
}
