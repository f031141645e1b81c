package io.fullon.cache.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullon.cache.fill.Side;
import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class OrderTest {

  private static Order full() {
    return Order.builder()
        .exOrderId("o-1")
        .exId("binance")
        .tradeId("t-1")
        .symbol("BTC/USD:PERP")
        .side(Side.SELL)
        .orderType("limit")
        .status("open")
        .volume(new BigDecimal("1.500"))
        .price(new BigDecimal("9.9640"))
        .cost(new BigDecimal("14.9460"))
        .fee(new BigDecimal("0.00001"))
        .finalVolume(new BigDecimal("0.0"))
        .fillPrice(new BigDecimal("9.9641"))
        .leverage(new BigDecimal("3"))
        .uid("u-1")
        .botId("b-1")
        .reason("signal")
        .timestamp(Instant.parse("2024-05-06T07:08:09.123456Z"))
        .more("tags", new JsonArray().add("a").add(1).add(new JsonObject().put("b", true)))
        .build();
  }

  private static Object nested(int depth) {
    Object inner = 1;
    for (int i = 0; i < depth; i++) {
      inner = i % 2 == 0 ? new JsonObject().put("n", inner) : new JsonArray().add(inner);
    }
    return inner;
  }

  @Test
  void isTheSameAfterTheWayThroughJson() {
    assertThat(Order.fromJson(full().toJson())).isEqualTo(full());
    assertThat(Order.fromJson(new JsonObject(full().toJson().encode()))).isEqualTo(full());
  }

  @Test
  void mayHaveNoFieldsAtAll() {
    Order empty = Order.builder().build();

    assertThat(empty.toJson()).isEqualTo(new JsonObject());
    assertThat(Order.fromJson(new JsonObject().putNull("price"))).isEqualTo(empty);
  }

  @Test
  void hasDecimalsAsStringsAndTheTimeAsNumber() {
    JsonObject json = full().toJson();

    assertThat(json.getValue("price")).isEqualTo("9.9640");
    assertThat(json.getValue("timestamp")).isEqualTo(1714979289.123456);
  }

  @Test
  void isNotChangedByWhatIsDoneToAFieldThatCameInOrWentOut() {
    JsonObject mine = new JsonObject().put("a", 1);
    Order order = Order.builder().more("mine", mine).build();

    mine.put("a", 2);
    order.more().getJsonObject("mine").put("a", 3);
    order.toJson().getJsonObject("mine").put("a", 4);

    assertThat(order.more().getJsonObject("mine").getInteger("a")).isEqualTo(1);
  }

  @Test
  void hasNoOtherValueForAFieldThatIsItsOwn() {
    for (String field : full().toJson().fieldNames()) {
      if (!field.equals("tags")) {
        assertThatThrownBy(() -> Order.builder().more(field, "x").build())
            .isInstanceOf(InvalidValueException.class)
            .hasMessageStartingWith(field + ": ");
      }
    }
  }

  @Test
  void refusesWhatIsNestedDeeperThanItCouldBeReadBack() {
    assertThat(Order.builder().more("n", nested(24)).build().more().getValue("n"))
        .isEqualTo(nested(24));
    for (int depth : new int[] {25, 5_000}) {
      assertThatThrownBy(() -> Order.builder().more("n", nested(depth)).build())
          .isInstanceOf(InvalidValueException.class)
          .hasMessageStartingWith("n: ");
    }
  }

  @Test
  void refusesANumberThatJsonDoesNotHave() {
    for (Object none : new Object[] {Double.NaN, Float.NEGATIVE_INFINITY}) {
      for (Object value : new Object[] {none, new JsonArray().add(1).add(none)}) {
        assertThatThrownBy(() -> Order.fromJson(new JsonObject().put("n", value)))
            .isInstanceOf(InvalidValueException.class)
            .hasMessageStartingWith("n: must be a finite number");
      }
    }
  }

  @Test
  void isFinalInThoseStatusesFromWhichNothingComesBack() {
    for (String status :
        List.of("Filled", "closed", "canceled", "CANCELLED", "rejected", "expired")) {
      assertThat(Order.builder().status(status).build().isFinal()).as(status).isTrue();
    }
    for (String status : List.of("open", "new", "partially_filled", "?", "")) {
      assertThat(Order.builder().status(status).build().isFinal()).as(status).isFalse();
    }
    assertThat(Order.builder().build().isFinal()).isFalse();
  }
}
