package io.fullon.cache.bench;

/** The benchmark: ours and the peers, one after the other in each round. */
public final class Bench {

  private Bench() {}

  public static void main(String... arguments) throws Exception {
    Report report = new Report();
    ServiceBench.run(
        report,
        Integer.getInteger("rounds", 5),
        Integer.getInteger("millis", 2_000),
        java.util.Set.of(System.getProperty("parts", "write,read,orders").split(",")));
    System.out.println(report.markdown(java.util.Map.of()));
  }
}
