package io.fullon.cache;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.PackageMatcher;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture.LayerDependencySpecification;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Which package knows which. Arrows go down, and there are no others:
 *
 * <pre>
 * app
 * io.fullon.cache           the verticle that deploys all, and its configuration
 * web      flow     source
 * symbol tick orders trades account bot      none knows another
 * service  queue    fill
 * redis
 * bus      tls
 * value    metrics
 * </pre>
 */
@AnalyzeClasses(packages = "io.fullon.cache", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String BASE = "io.fullon.cache.";
  private static final String DOMAINS = BASE + "(symbol|tick|orders|trades|account|bot)..";

  /** A layer: its packages, and which layers it knows besides itself. */
  private record Layer(String name, String packages, List<String> knows) {

    Layer(String name, String... knows) {
      this(name, BASE + name + "..", List.of(knows));
    }

    boolean has(JavaClass type) {
      return PackageMatcher.of(packages).matches(type.getPackageName());
    }
  }

  /** From below. */
  private static final List<Layer> LAYERS =
      List.of(
          new Layer("value"),
          new Layer("metrics"),
          new Layer("tls", "value"),
          new Layer("bus", "value", "metrics"),
          new Layer("redis", "value", "metrics", "tls", "bus"),
          new Layer("service", "value", "metrics", "bus", "redis"),
          new Layer("queue", "metrics", "bus", "redis"),
          new Layer("fill", "value"),
          new Layer(
              "domains",
              DOMAINS,
              List.of("value", "metrics", "bus", "redis", "service", "queue", "fill")),
          new Layer("flow", "value", "metrics", "bus", "service", "fill", "domains"),
          new Layer("source", "value", "bus", "domains"),
          new Layer("web", "value", "metrics", "tls", "domains"),
          new Layer(
              "root",
              "io.fullon.cache",
              List.of(
                  "value", "metrics", "bus", "redis", "service", "fill", "domains", "flow", "web")),
          new Layer("app", "value", "redis", "source", "web", "root"));

  @ArchTest
  static void noArrowIsMissingInThePicture(JavaClasses classes) {
    LayeredArchitecture layers = layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (Layer layer : LAYERS) {
      layers = layers.layer(layer.name()).definedBy(layer.packages());
    }
    for (Layer layer : LAYERS) {
      LayerDependencySpecification arrows = layers.whereLayer(layer.name());
      layers =
          layer.knows().isEmpty()
              ? arrows.mayNotAccessAnyLayer()
              : arrows.mayOnlyAccessLayers(layer.knows().toArray(String[]::new));
    }
    layers.ensureAllClassesAreContainedInArchitecture().check(classes);
  }

  @ArchTest
  static void everyArrowInThePictureIsThereAndGoesDown(JavaClasses classes) {
    Set<String> below = new HashSet<>();
    for (Layer layer : LAYERS) {
      assertThat(below).as("what is below " + layer.name()).containsAll(layer.knows());
      below.add(layer.name());
      List<String> known =
          classes.stream()
              .filter(layer::has)
              .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
              .map(Dependency::getTargetClass)
              .flatMap(type -> LAYERS.stream().filter(other -> other.has(type)))
              .map(Layer::name)
              .distinct()
              .toList();
      assertThat(known).as("what " + layer.name() + " knows").containsAll(layer.knows());
    }
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
