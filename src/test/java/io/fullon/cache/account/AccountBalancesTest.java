package io.fullon.cache.account;

import static io.fullon.cache.account.Accounts.call;
import static io.fullon.cache.testing.CacheNode.failure;
import static io.fullon.cache.testing.CacheNode.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullon.cache.bus.Failure;
import io.fullon.cache.bus.LocalCodec;
import io.fullon.cache.testing.CacheNode;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccountBalancesTest {

  private static final JsonObject ACCOUNT =
      new JsonObject(
          "{\"USDT\":{\"free\":\"10.50\",\"used\":0.25,\"total\":\"10.75\",\"more\":[1,{\"a\":null}]},"
              + "\"BTC\":{},\"time\":1626916403.872}");

  @AutoClose private static final CacheNode node = Accounts.node(new JsonObject());

  private final AccountCache accounts = AccountCache.proxy(node.vertx());

  @BeforeEach
  void beginWithoutAccounts() {
    node.redis(Command.FLUSHALL);
  }

  @Test
  void thereAreNoneAtFirst() {
    assertThat(get(accounts.getAllAccounts())).isEmpty();
    assertThat(get(accounts.getFullAccount(1, "USDT"))).isNull();
  }

  @Test
  void givesACurrencyAsItWasSaved() {
    get(accounts.upsertUserAccount(1, ACCOUNT));

    assertThat(get(accounts.getFullAccount(1, "USDT"))).isEqualTo(ACCOUNT.getJsonObject("USDT"));
    assertThat(get(accounts.getFullAccount(1, "BTC"))).isEqualTo(new JsonObject());
  }

  @Test
  void givesNullForACurrencyThatIsNotThere() {
    get(accounts.upsertUserAccount(1, ACCOUNT));

    assertThat(get(accounts.getFullAccount(1, "ETH"))).isNull();
    assertThat(get(accounts.getFullAccount(2, "USDT"))).isNull();
    assertThat(get(accounts.getFullAccount(1, "time"))).isNull();
  }

  @Test
  void whatIsSavedTakesThePlaceOfAllThatWasThere() {
    get(accounts.upsertUserAccount(1, ACCOUNT));
    get(accounts.upsertUserAccount(1, new JsonObject().put("ETH", new JsonObject())));

    assertThat(get(accounts.getFullAccount(1, "USDT"))).isNull();
    assertThat(get(accounts.getFullAccount(1, "ETH"))).isEqualTo(new JsonObject());
  }

  @Test
  void givesAllAccountsByTheirNumber() {
    get(accounts.upsertUserAccount(1, ACCOUNT));
    get(accounts.upsertUserAccount(-2, new JsonObject()));

    assertThat(get(accounts.getAllAccounts()))
        .isEqualTo(new JsonObject().put("1", ACCOUNT).put("-2", new JsonObject()));
  }

  @Test
  void laterOnesStay() {
    Instant later = Instant.ofEpochSecond(20);
    JsonObject late = new JsonObject().put("USDT", new JsonObject().put("free", "2"));
    JsonObject early = new JsonObject().put("USDT", new JsonObject().put("free", "1"));
    assertThat(get(accounts.upsertUserAccount(77, late, later))).isTrue();

    assertThat(get(accounts.upsertUserAccount(77, early, Instant.ofEpochSecond(10)))).isFalse();
    assertThat(get(accounts.getFullAccount(77, "USDT"))).isEqualTo(late.getJsonObject("USDT"));
    assertThat(get(accounts.upsertUserAccount(77, early))).isTrue();
    assertThat(get(accounts.upsertUserAccount(77, late, Instant.ofEpochSecond(10)))).isFalse();
    assertThat(get(accounts.upsertUserAccount(77, late, later))).isTrue();
    assertThat(get(accounts.getAllAccounts()).getJsonObject("77")).isEqualTo(late);
  }

  @Test
  void onesAheadOfTimeAreRefused() {
    Instant ahead = Instant.now().plusSeconds(120);

    assertThat(failure(accounts.upsertUserAccount(78, ACCOUNT, ahead)))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith("asOf: ");
  }

  private static JsonObject currencies(int count) {
    JsonObject account = new JsonObject();
    for (int i = 0; i < count; i++) {
      account.put("C" + i, new JsonObject().put("free", "1"));
    }
    return account;
  }

  @Test
  void theyAreInAThousandCurrenciesAtMost() {
    assertThat(get(accounts.upsertUserAccount(78, currencies(1_000)))).isTrue();

    assertThat(failure(accounts.upsertUserAccount(78, currencies(1_001))))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessage("account: must have at most 1000 currencies, got 1001");
    assertThat(get(accounts.getAllAccounts()).getJsonObject("78")).hasSize(1_000);
  }

  @Test
  void onesThatCannotBeReadDoNotHideTheOthers() {
    get(accounts.upsertUserAccount(79, ACCOUNT));
    node.redis(Command.HSET, "fullon:accounts", "80", "{");
    try {
      assertThat(get(accounts.getAllAccounts()).getJsonObject("79")).isEqualTo(ACCOUNT);
      assertThat(failure(accounts.getFullAccount(80, "USDT")))
          .matches(Failure.INTERNAL::matches, "INTERNAL");
    } finally {
      node.redis(Command.HDEL, "fullon:accounts", "80");
    }
  }

  @Test
  void keepsEveryDigit() {
    BigDecimal exact = new BigDecimal("0.123456789012345678");
    get(
        accounts.upsertUserAccount(
            78, new JsonObject().put("BTC", new JsonObject().put("free", exact))));

    assertThat(get(accounts.getFullAccount(78, "BTC")).getValue("free")).isEqualTo(exact);
  }

  @Test
  void answersInPlainJson() {
    JsonObject body = new JsonObject().put("exId", 1).put("account", ACCOUNT);

    assertThat(get(call(node, "upsertUserAccount", body))).isEqualTo(true);

    assertThat(
            get(
                call(
                    node,
                    "getFullAccount",
                    new JsonObject().put("exId", 1).put("currency", "USDT"))))
        .isEqualTo(ACCOUNT.getJsonObject("USDT"));
    assertThat(get(call(node, "getAllAccounts", new JsonObject())))
        .isEqualTo(new JsonObject().put("1", ACCOUNT));
  }

  @Test
  void takesAnAccountAsAClusteredBusBringsIt() {
    // What is read from text holds maps; on the way within a node they become JSON objects.
    JsonObject body = new JsonObject("{\"exId\":1,\"account\":" + ACCOUNT.encode() + "}");
    DeliveryOptions asItIs = LocalCodec.register(node.vertx(), JsonObject.class);

    get(
        node.vertx()
            .eventBus()
            .request(AccountCache.ADDRESS, body, asItIs.addHeader("action", "upsertUserAccount")));

    assertThat(get(accounts.getAllAccounts())).isEqualTo(new JsonObject().put("1", ACCOUNT));
  }

  @Test
  void numbersThatJsonDoesNotHaveAreRefused() {
    for (Object none : new Object[] {Double.NaN, Float.POSITIVE_INFINITY}) {
      for (Object balance :
          new Object[] {new JsonObject().put("free", none), new JsonArray().add(none), none}) {
        assertThat(failure(accounts.upsertUserAccount(1, new JsonObject().put("USDT", balance))))
            .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
            .hasMessageStartingWith("account.USDT: must be a finite number");
      }
    }
    assertThat(get(accounts.getAllAccounts())).isEmpty();
  }

  @Test
  void longerOnesThanMayBeAreRefused() {
    int room = AccountCache.MAX_ACCOUNT_BYTES - "{\"é\":\"\"}".length() - 1;
    JsonObject longest = new JsonObject().put("é", "x".repeat(room));

    get(accounts.upsertUserAccount(1, longest));

    assertThat(
            failure(accounts.upsertUserAccount(1, new JsonObject().put("é", "x".repeat(room + 1)))))
        .matches(Failure.INVALID_ARGUMENT::matches, "INVALID_ARGUMENT")
        .hasMessageStartingWith("account: must be at most 1048576 bytes of JSON");
    assertThat(get(accounts.getAllAccounts()).getJsonObject("1")).isEqualTo(longest);
  }

  @Test
  void balancesAndPositionsOfAnAccountAreApart() {
    get(accounts.upsertUserAccount(1, ACCOUNT));
    get(accounts.replacePositions(1, List.of(), null));

    assertThat(get(accounts.getPositions(1))).isEmpty();
    assertThat(get(accounts.getFullAccount(1, "USDT"))).isNotNull();
  }
}
