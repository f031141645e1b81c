package io.fullon.cache.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code /metrics} says at one moment. */
public final class Scrape {

  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");

  /** One line. */
  public record Sample(String name, Map<String, String> labels, double value) {}

  private final String text;
  private final List<Sample> samples = new ArrayList<>();
  private final Map<String, String> types = new TreeMap<>();

  private Scrape(String text) {
    this.text = text;
    for (String line : text.lines().toList()) {
      Matcher type = TYPE.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (type.matches()) {
        types.put(type.group(1), type.group(2));
      } else if (sample.matches()) {
        Map<String, String> labels = new HashMap<>();
        if (sample.group(2) != null) {
          LABEL.matcher(sample.group(2)).results().forEach(l -> labels.put(l.group(1), l.group(2)));
        }
        samples.add(
            new Sample(
                sample.group(1),
                labels,
                Double.parseDouble(sample.group(3).replace("+Inf", "Infinity"))));
      } else if (!line.startsWith("# HELP ")) {
        throw new AssertionError("Is no sample: " + line);
      }
    }
  }

  public static Scrape of(CacheNode node) {
    return ofPort(node.port());
  }

  /** The metrics are there. */
  public static Scrape ofPort(int port) {
    return new Scrape(RawHttp.get(port, "/metrics").text());
  }

  public String text() {
    return text;
  }

  public List<Sample> samples() {
    return samples;
  }

  /** The types of all metrics, by name. */
  public Map<String, String> types() {
    return types;
  }

  /** Those of that name whose labels are these, keys and values in turn, among others. */
  public List<Sample> all(String name, String... labels) {
    Predicate<Sample> matches = sample -> sample.name().equals(name);
    for (int i = 0; i < labels.length; i += 2) {
      String key = labels[i];
      String value = labels[i + 1];
      matches = matches.and(sample -> value.equals(sample.labels().get(key)));
    }
    return samples.stream().filter(matches).toList();
  }

  /** The sum of those; there must be one. */
  public double value(String name, String... labels) {
    List<Sample> all = all(name, labels);
    if (all.isEmpty()) {
      throw new AssertionError("There is no " + name + " " + Arrays.toString(labels));
    }
    return all.stream().mapToDouble(Sample::value).sum();
  }
}
