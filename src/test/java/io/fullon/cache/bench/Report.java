package io.fullon.cache.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What was measured, round by round, and what it comes to. */
public final class Report {

  /**
   * One figure.
   *
   * @param section what is compared, such as {@code write}
   * @param subject what was measured, such as {@code ours} or {@code lettuce}
   * @param metric what the number is, with its unit, such as {@code calls/s}
   */
  private record Figure(String section, String subject, String metric) {

    boolean isOurs() {
      return subject.startsWith("ours");
    }

    boolean isPeerOf(Figure ours) {
      return !isOurs() && section.equals(ours.section) && metric.equals(ours.metric);
    }
  }

  private final Map<Figure, List<Double>> rounds = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();

  /** Adds what one round has given. */
  public void add(String section, String subject, String metric, double value) {
    rounds
        .computeIfAbsent(new Figure(section, subject, metric), figure -> new ArrayList<>())
        .add(value);
    System.err.printf(Locale.ROOT, "%-28s %-24s %,16.2f %s%n", section, subject, value, metric);
  }

  /** Says something that belongs beside the figures, such as what was left out and why. */
  public void note(String note) {
    notes.add(note);
    System.err.println(note);
  }

  /** The median of the rounds, or NaN when nothing was measured. */
  public double median(String section, String subject, String metric) {
    List<Double> values = rounds.getOrDefault(new Figure(section, subject, metric), List.of());
    if (values.isEmpty()) {
      return Double.NaN;
    }
    List<Double> sorted = new ArrayList<>(values);
    Collections.sort(sorted);
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** A table of the medians with the spread of the rounds, and of their ratios to the peers'. */
  public String markdown(Map<String, String> conditions) {
    StringBuilder text = new StringBuilder();
    conditions.forEach((name, value) -> text.append("- ").append(name + ": " + value + "\n"));
    text.append("\n| what | who | median | least | most | rounds | | ratio |\n");
    text.append("| --- | --- | ---: | ---: | ---: | ---: | --- | --- |\n");
    rounds.forEach(
        (figure, values) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s | %d | %s | %s |%n",
                    figure.section,
                    figure.subject,
                    show(median(figure.section, figure.subject, figure.metric)),
                    show(Collections.min(values)),
                    show(Collections.max(values)),
                    values.size(),
                    figure.metric,
                    ratios(figure))));
    notes.forEach(note -> text.append("\n").append(note).append("\n"));
    return text.toString();
  }

  /** How ours compares to each peer; nothing for a peer. */
  private String ratios(Figure ours) {
    if (!ours.isOurs()) {
      return "";
    }
    return rounds.keySet().stream()
        .filter(peer -> peer.isPeerOf(ours))
        .map(
            peer ->
                show(
                        median(ours.section, ours.subject, ours.metric)
                            / median(peer.section, peer.subject, peer.metric))
                    + " × "
                    + peer.subject)
        .collect(Collectors.joining("; "));
  }

  private static String show(double value) {
    return value >= 100
        ? String.format(Locale.ROOT, "%,.0f", value)
        : String.format(Locale.ROOT, "%.3g", value);
  }

  /** The same with every round, for programs. */
  public JsonObject json(Map<String, String> conditions) {
    JsonArray figures = new JsonArray();
    rounds.forEach(
        (figure, values) ->
            figures.add(
                new JsonObject()
                    .put("section", figure.section)
                    .put("subject", figure.subject)
                    .put("metric", figure.metric)
                    .put("median", median(figure.section, figure.subject, figure.metric))
                    .put("rounds", new JsonArray(new ArrayList<>(values)))));
    return new JsonObject()
        .put("conditions", new JsonObject(new LinkedHashMap<>(conditions)))
        .put("figures", figures)
        .put("notes", new JsonArray(new ArrayList<>(notes)));
  }
}
