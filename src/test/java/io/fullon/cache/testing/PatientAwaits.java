package io.fullon.cache.testing;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;

/** Lets every {@code await} of a test be {@link Patience patient}; JUnit finds it by itself. */
public final class PatientAwaits implements Extension {

  static {
    Awaitility.setDefaultTimeout(Patience.LONG);
  }
}
