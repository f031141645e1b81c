package io.fullon.cache.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.testing.Pages;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatusesTest {

  private static Order order(String status, String volume, String finalVolume) {
    return Order.builder()
        .status(status)
        .volume(volume == null ? null : new BigDecimal(volume))
        .finalVolume(finalVolume == null ? null : new BigDecimal(finalVolume))
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "open, OPEN",
    "NEW, OPEN",
    "never heard of, OPEN",
    "'', OPEN",
    "PartiallyFilled, PARTIALLY_FILLED",
    "PARTIALLY_FILLED, PARTIALLY_FILLED",
    "partial-fill, PARTIALLY_FILLED",
    "FILLED, FILLED",
    "Fully Filled, FILLED",
    "cancelled, CANCELED",
    "CANCELED, CANCELED",
    "PartiallyFilledCanceled, CANCELED",
    "Rejected, REJECTED",
    "EXPIRED, EXPIRED",
    "expired-in-match, EXPIRED",
    "part_ial-fil led, PARTIALLY_FILLED",
    "CANCEL LED, CANCELED",
    "ApiCancelled, CANCELED",
    "user_cancelled, CANCELED",
    "CANCELLED_IOC, CANCELED",
    "partial-filled-cancelled, CANCELED",
    "filled!, OPEN"
  })
  void knowsTheSpellingsOfExchanges(String status, OrderState state) {
    assertThat(order(status, null, null).state()).isEqualTo(state);
    assertThat(order(status, null, null).isFinal()).isEqualTo(state.isFinal());
  }

  @Test
  void isOpenWithoutAStatus() {
    assertThat(order(null, null, null).state()).isEqualTo(OrderState.OPEN);
  }

  @Test
  void takesTheEndForFilledUnlessPartOfTheVolumeIsMissing() {
    for (String status : List.of("closed", "Done")) {
      assertThat(order(status, null, null).state()).isEqualTo(OrderState.FILLED);
      assertThat(order(status, "1", null).state()).isEqualTo(OrderState.FILLED);
      assertThat(order(status, null, "0.4").state()).isEqualTo(OrderState.FILLED);
      assertThat(order(status, "1", "1.0").state()).isEqualTo(OrderState.FILLED);
      assertThat(order(status, "1", "0.4").state()).isEqualTo(OrderState.CANCELED);
      assertThat(order(status, "1", "0").state()).isEqualTo(OrderState.CANCELED);
    }
  }

  @Test
  void isExtendedByTheConfiguration() {
    JsonObject more =
        new JsonObject()
            .put("On_Hold", "rejected")
            .put("closed", "expired")
            .put("house cancelled", "canceled");
    Statuses statuses = Statuses.from(Fields.of("orders.statuses", more));

    assertThat(statuses.of(order("on hold", null, null))).isEqualTo(OrderState.REJECTED);
    assertThat(statuses.of(order("CLOSED", null, null))).isEqualTo(OrderState.EXPIRED);
    assertThat(statuses.of(order("filled", null, null))).isEqualTo(OrderState.FILLED);
    for (String either : List.of("House-Canceled", "HOUSE_CANCELLED")) {
      assertThat(statuses.of(order(either, null, null))).isEqualTo(OrderState.CANCELED);
    }
  }

  @Test
  void refusesASpellingThatStandsForNoState() {
    for (Object state : new Object[] {"closed", "OPEN", 1, new JsonObject()}) {
      JsonObject more = new JsonObject().put("x", state);
      assertThatThrownBy(() -> Statuses.from(Fields.of("orders.statuses", more)))
          .isInstanceOf(InvalidValueException.class)
          .hasMessageStartingWith(
              "orders.statuses.x: must be one of canceled, expired, filled, open");
    }
  }

  @Test
  void areThoseOfThePage() {
    Map<String, String> page = new TreeMap<>();
    for (List<String> row : Pages.rows(Pages.page("services"), "state")) {
      Pages.codes(row.get(1)).forEach(text -> page.put(text, Pages.codes(row.get(0)).get(0)));
    }
    Map<String, String> table = new TreeMap<>();
    Statuses.DEFAULT.spellings().forEach((text, state) -> table.put(text, state.toString()));

    assertThat(page).isEqualTo(table);
  }
}
