package io.fullon.cache;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Which package may know which: app → web, source, flow → domains → redis → bus → metrics, value.
 */
@AnalyzeClasses(packages = "io.fullon.cache", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String BASE = "io.fullon.cache.";
  private static final String DOMAINS = BASE + "(symbol|tick|orders|trades|account|bot)..";

  /** A layer: its packages, and which layers they may know besides themselves. */
  private record Layer(String name, String packages, List<String> mayKnow) {}

  private static final List<Layer> LAYERS =
      List.of(
          new Layer("value", BASE + "value..", List.of("value")),
          new Layer("tls", BASE + "tls..", List.of("value")),
          new Layer("metrics", BASE + "metrics..", List.of("metrics")),
          new Layer("bus", BASE + "bus..", List.of("value", "metrics")),
          new Layer("redis", BASE + "redis..", List.of("value", "metrics", "tls", "bus")),
          new Layer("service", BASE + "service..", List.of("value")),
          new Layer("fill", BASE + "fill..", List.of("value", "bus")),
          new Layer(
              "domains", DOMAINS, List.of("value", "metrics", "bus", "redis", "service", "fill")),
          new Layer(
              "flow",
              BASE + "flow..",
              List.of("value", "metrics", "bus", "redis", "service", "fill", "domains")),
          new Layer("source", BASE + "source..", List.of("value", "bus", "fill", "domains")),
          new Layer(
              "web", BASE + "web..", List.of("value", "metrics", "tls", "bus", "fill", "domains")),
          // The verticle that deploys all, and its configuration.
          new Layer(
              "root",
              "io.fullon.cache",
              List.of(
                  "value", "metrics", "bus", "redis", "service", "fill", "domains", "flow",
                  "web")));

  @ArchTest
  static void arrowsPointOneWay(JavaClasses classes) {
    LayeredArchitecture layers =
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
    for (Layer layer : LAYERS) {
      layers = layers.layer(layer.name()).definedBy(layer.packages());
    }
    for (Layer layer : LAYERS) {
      layers =
          layers
              .whereLayer(layer.name())
              .mayOnlyAccessLayers(layer.mayKnow().toArray(String[]::new));
    }
    layers.ensureAllClassesAreContainedInArchitectureIgnoring(BASE + "app..").check(classes);
  }

  @ArchTest
  static final ArchRule domainsDoNotKnowEachOther =
      slices().matching(DOMAINS).should().notDependOnEachOther();

  @ArchTest
  static final ArchRule nothingKnowsTheApplicationOrWhatOnlyItNeeds =
      noClasses()
          .that()
          .resideOutsideOfPackage(BASE + "app..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(BASE + "app..", "picocli..", "ch.qos.logback..", "redis.embedded..");

  @ArchTest
  static final ArchRule onlyTheApplicationPrints =
      noClasses()
          .that()
          .resideOutsideOfPackage(BASE + "app..")
          .should(ACCESS_STANDARD_STREAMS)
          .because("a library logs");

  @ArchTest static final ArchRule thereIsOneWayToLog = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

  @ArchTest
  static final ArchRule thereIsOneKindOfFuture =
      noClasses()
          .should()
          .dependOnClassesThat()
          .areAssignableTo(CompletableFuture.class)
          .because("those of Vert.x know their event loop");

  @ArchTest
  static final ArchRule nothingUsesTheInsideOfJava =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("sun..", "jdk.internal..", "com.sun..");

  /** On the module path nobody gets into these. */
  @ArchTest
  static final ArchRule onlyTheBoundsOfConnectionsUseAnInsideOfVertx =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName(BASE + "web.HttpBounds")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.vertx..impl..");
}
