package io.fullon.cache.fence;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.fence.Deed.What;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever looks whether dead tokens are used must see it when they are. */
class FencedHistoryTest {

  private static final long LEASE_ENDS = 1_000;

  private static Deed deed(What what, long token, long began, long ended) {
    return new Deed(0, what, token, true, began, ended, 0, 0);
  }

  private static Deed acquire(long token, long began, long ended) {
    return new Deed(0, What.ACQUIRE, token, true, began, ended, 0, LEASE_ENDS);
  }

  private static Deed at(What what, long token, long beganAt, long until) {
    return new Deed(0, what, token, true, 10, 11, beganAt, until);
  }

  private static void assertRight(Deed... deeds) {
    assertThat(FencedHistory.wrong(List.of(deeds))).isEmpty();
  }

  private static void assertWrong(Deed... deeds) {
    assertThat(FencedHistory.wrong(List.of(deeds))).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(names = "ACQUIRE", mode = EnumSource.Mode.EXCLUDE)
  void nothingIsDoneWithATokenAfterANewerOneWasAnswered(What what) {
    assertWrong(acquire(1, 0, 1), acquire(2, 2, 3), deed(what, 1, 4, 5));
    assertRight(acquire(1, 0, 1), acquire(2, 2, 4), deed(what, 1, 3, 9));
    assertRight(acquire(1, 0, 1), acquire(2, 2, 3), deed(what, 2, 4, 5));
  }

  @ParameterizedTest
  @EnumSource(names = "ACQUIRE", mode = EnumSource.Mode.EXCLUDE)
  void nothingIsDoneWithATokenAfterItsReleaseWasAnswered(What what) {
    assertWrong(acquire(1, 0, 1), deed(What.RELEASE, 1, 2, 3), deed(what, 1, 4, 5));
    assertRight(acquire(1, 0, 1), deed(what, 1, 2, 5), deed(What.RELEASE, 1, 3, 4));
  }

  @ParameterizedTest
  @EnumSource(names = "ACQUIRE", mode = EnumSource.Mode.EXCLUDE)
  void nothingIsDoneWithATokenAfterItsLease(What what) {
    assertWrong(acquire(1, 0, 1), at(what, 1, LEASE_ENDS, 0));
    assertRight(acquire(1, 0, 1), at(what, 1, LEASE_ENDS - 1, 0));
    assertRight(acquire(1, 0, 1), at(What.RENEW, 1, 0, LEASE_ENDS + 1), at(what, 1, LEASE_ENDS, 0));
    assertWrong(deed(what, 7, 4, 5));
  }

  @Test
  void whatWasRefusedIsRight() {
    assertRight(acquire(1, 0, 1), acquire(2, 2, 3), new Deed(0, What.MERGE, 1, false, 4, 5, 0, 0));
  }

  @Test
  void tokensGrow() {
    assertWrong(acquire(2, 0, 1), acquire(1, 2, 3));
    assertWrong(acquire(2, 0, 9), acquire(2, 1, 8));
    assertRight(acquire(2, 0, 9), acquire(1, 1, 8));
  }
}
