package io.fullon.cache.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.openqa.selenium.By;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A real browser without a window. */
public final class Browser implements AutoCloseable {

  /** Held, so that its level stays: it warns of versions that do not matter here. */
  private static final Logger SELENIUM = Logger.getLogger("org.openqa.selenium");

  private final Path profile;
  private final ChromeDriver driver;

  private Browser(Path chromium, Path chromedriver) throws IOException {
    SELENIUM.setLevel(Level.SEVERE);
    profile = Files.createTempDirectory("fullon-browser-");
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.toFile());
    options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--user-data-dir=" + profile);
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.toFile())
                .usingAnyFreePort()
                .build(),
            options);
  }

  /** Starts one, which the test needs. */
  public static Browser start() {
    Path chromium = find("chromium", "chromium-browser", "google-chrome");
    Path chromedriver = find("chromedriver");
    Needs.expect(chromium != null, "No chromium on the PATH");
    Needs.expect(chromedriver != null, "No chromedriver on the PATH");
    try {
      return new Browser(chromium, chromedriver);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path find(String... programs) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(programs)
        .flatMap(
            program ->
                Stream.of(path.split(File.pathSeparator, -1)).map(dir -> Path.of(dir, program)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /** Loads a page of the server on this machine. */
  public void open(int port, String path) {
    driver.get("http://127.0.0.1:" + port + path);
  }

  public void setSize(int width, int height) {
    cdp(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /** Makes a CSS media feature have that value, such as {@code prefers-reduced-motion}. */
  public void setMedia(String feature, String value) {
    cdp(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", feature, "value", value))));
  }

  /** Calls the browser's debugging protocol. */
  public Map<String, Object> cdp(String command, Map<String, Object> parameters) {
    return driver.executeCdpCommand(command, parameters);
  }

  /** Runs JavaScript in the page; gives what it returns. */
  public Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** The text of the element that the CSS selector finds, or null when there is none. */
  public String text(String selector) {
    return (String)
        run(
            "return document.querySelector(arguments[0])?.textContent.trim().replace(/\\s+/g, ' ')",
            selector);
  }

  public void awaitText(String selector, String text) {
    await(selector + " to be " + text, () -> text.equals(text(selector)));
  }

  /** Waits until the script returns something true. */
  public void awaitTrue(String script, Object... arguments) {
    await(script, () -> Boolean.TRUE.equals(run("return !!(" + script + ")", arguments)));
  }

  private static void await(String what, Supplier<Boolean> condition) {
    Awaitility.await(what).atMost(Patience.SECONDS, TimeUnit.SECONDS).until(condition::get);
  }

  /** Clicks into the middle of the element, where a user could. */
  public void click(String selector) {
    driver.findElement(By.cssSelector(selector)).click();
  }

  /** Presses the keys, wherever the focus is. */
  public void press(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  /** What the page wrote to the console, and what the browser complained of, since last asked. */
  public List<String> console() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  @Override
  public void close() {
    driver.quit();
    // Its last processes may still write there.
    Awaitility.await("the browser's profile to be gone")
        .ignoreExceptions()
        .until(
            () -> {
              try (Stream<Path> files = Files.walk(profile)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                  Files.delete(file);
                }
              }
              return true;
            });
  }
}
