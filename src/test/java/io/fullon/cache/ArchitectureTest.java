package io.fullon.cache;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
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
 * web
 * feed
 * source   flow     candles
 * symbol tick orders trades account bot ohlcv      none knows another
 * service  queue    fill    fence    events
 * redis
 * bus      tls
 * value    metrics
 * </pre>
 */
@AnalyzeClasses(packages = "io.fullon.cache", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String BASE = "io.fullon.cache.";
  private static final String DOMAINS = BASE + "(symbol|tick|orders|trades|account|bot|ohlcv)..";

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
          new Layer("fence", "value", "bus", "redis"),
          new Layer("events", "value", "bus", "redis"),
          new Layer(
              "domains",
              DOMAINS,
              List.of(
                  "value", "metrics", "bus", "redis", "service", "queue", "fill", "fence",
                  "events")),
          new Layer("flow", "value", "bus", "redis", "service", "fill", "fence", "domains"),
          new Layer("candles", "value", "metrics", "redis", "domains"),
          new Layer("source", "value", "metrics", "bus", "redis", "domains"),
          new Layer("feed", "value", "metrics", "domains", "source"),
          new Layer("web", "value", "metrics", "tls", "domains", "source", "feed"),
          new Layer(
              "root",
              "io.fullon.cache",
              List.of(
                  "value", "metrics", "bus", "redis", "service", "fill", "events", "domains",
                  "flow", "candles", "source", "web")),
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

  /** Each says why nothing public would do. */
  private static final String[] INSIDE_OF_VERTX = {
    BASE + "app.FatalErrors",
    BASE + "bus.Endpoint",
    BASE + "feed.VertxTakeover",
    BASE + "redis.NodeContext",
    BASE + "redis.RedisClients",
    BASE + "redis.RedisDeployment",
    BASE + "redis.Starting",
    BASE + "redis.Subscription"
  };

  /** They work on what is Netty's in Vert.x, pipelines and event loops, and say why. */
  private static final String[] IN_NETTY = {
    BASE + "app.FatalErrors",
    BASE + "feed.Deflate",
    BASE + "feed.Feed",
    BASE + "feed.FeedSocket",
    BASE + "feed.StrictDecoder",
    BASE + "feed.VertxTakeover",
    BASE + "web.AnswerDeadline",
    BASE + "web.HttpBounds",
    BASE + "web.Protection",
    BASE + "web.RequestDeadline"
  };

  @ArchTest
  static void onlyTheseUseTheInsideOfVertx(JavaClasses classes) {
    assertOnlyTheseKnow(classes, INSIDE_OF_VERTX, "io.vertx..internal..", "io.vertx..impl..");
  }

  @ArchTest
  static void onlyTheseWorkOnTheNettyInVertx(JavaClasses classes) {
    assertOnlyTheseKnow(classes, IN_NETTY, "io.netty.channel..");
  }

  /** On the module path nobody gets into these. */
  @ArchTest
  static void onlyTheTakeoverUsesWhatIsNotExported(JavaClasses classes) {
    assertOnlyTheseKnow(classes, new String[] {BASE + "feed.VertxTakeover"}, "io.vertx..impl..");
  }

  /** All of them do, too. */
  private static void assertOnlyTheseKnow(JavaClasses classes, String[] those, String... packages) {
    DescribedPredicate<JavaClass> unknown = resideInAnyPackage(packages);
    Set<String> found = new HashSet<>();
    for (JavaClass type : classes) {
      if (type.getDirectDependenciesFromSelf().stream()
          .anyMatch(dependency -> unknown.test(dependency.getTargetClass()))) {
        found.add(outermost(type).getName());
      }
    }
    assertThat(found).containsExactlyInAnyOrder(those);
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }
}
