package io.fullon.cache.testing;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What lives on the heap of this JVM.
 *
 * @param instances how many there are of each class
 * @param bytes how large they are together
 */
public record Heap(Map<String, Long> instances, long bytes) {

  private static final Pattern HISTOGRAM_LINE =
      Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*");

  /** After a collection of everything that is dead. */
  public static Heap live() {
    try {
      String histogram =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "gcClassHistogram",
                      new Object[] {new String[0]},
                      new String[] {String[].class.getName()});
      Map<String, Long> instances = new HashMap<>();
      long bytes = 0;
      for (String line : histogram.lines().toList()) {
        Matcher matcher = HISTOGRAM_LINE.matcher(line);
        if (matcher.matches()) {
          instances.merge(matcher.group(3), Long.valueOf(matcher.group(1)), Long::sum);
          bytes += Long.parseLong(matcher.group(2));
        }
      }
      return new Heap(instances, bytes);
    } catch (JMException e) {
      throw new AssertionError(e);
    }
  }

  /** Our classes and Vert.x's that have at least so many instances more than before. */
  public List<String> grownBy(int least, Heap before) {
    return instances.entrySet().stream()
        .filter(entry -> entry.getKey().matches("\\[*L?io\\.(fullon|vertx)\\..*"))
        .filter(entry -> entry.getValue() - before.count(entry.getKey()) >= least)
        .map(entry -> entry + ", was " + before.count(entry.getKey()))
        .sorted()
        .toList();
  }

  /** How many instances of the class there are. */
  public long count(String type) {
    return instances.getOrDefault(type, 0L);
  }
}
