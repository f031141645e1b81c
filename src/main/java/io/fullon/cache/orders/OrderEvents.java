package io.fullon.cache.orders;

import io.fullon.cache.events.Domain;
import io.fullon.cache.events.Places;
import io.fullon.cache.redis.RedisLink;
import io.fullon.cache.redis.Script;
import io.fullon.cache.value.Json;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Tells orders: by exchange and {@code ex_order_id}. */
final class OrderEvents implements Domain {

  private static final Script WRITE = Script.load("order-write");

  /** How many versions are read at once. */
  private static final int PAGE = 500;

  /** How many ended orders the script takes out at once. */
  private static final int TIDIED = 1_000;

  /** Of what there is not. */
  private static final String NONE = "-";

  private static final Pattern VERSION = Pattern.compile("[0-9]{1,18}");

  private final RedisLink link;
  private final OrdersKeys keys;

  OrderEvents(RedisLink link) {
    this.link = link;
    this.keys = new OrdersKeys(link.options().prefix());
  }

  @Override
  public Object read(String exId, String id, String text) {
    return text.isEmpty() ? new OrderRemoval(exId, id) : Order.read(Json.parse("order", text));
  }

  @Override
  public Long version(Object told) {
    return told instanceof Order order ? version(String.valueOf(order.version())) : null;
  }

  /** An earlier version of this program has saved none. */
  private static long version(String text) {
    return VERSION.matcher(text).matches() ? Long.parseLong(text) : 0;
  }

  @Override
  public Future<? extends Collection<String>> places() {
    return Places.of(link, keys.prefix() + "{orders:", "}:ids");
  }

  @Override
  public Future<Map<String, Long>> versions(String exId) {
    Promise<Map<String, Long>> all = Promise.promise();
    addVersions(exId, "-", new HashMap<>(), all);
    return all.future();
  }

  private void addVersions(
      String exId, String from, Map<String, Long> versions, Promise<Map<String, Long>> all) {
    read(exId, List.of("versions", from, String.valueOf(PAGE)))
        .onFailure(all::fail)
        .onSuccess(
            page -> {
              for (int i = 0; i < page.size(); i += 2) {
                String version = page.get(i + 1).toString();
                if (!version.equals(NONE)) {
                  versions.put(page.get(i).toString(), version(version));
                }
              }
              if (page.size() < 2 * PAGE) {
                all.complete(versions);
              } else {
                addVersions(exId, "(" + page.get(page.size() - 2), versions, all);
              }
            });
  }

  @Override
  public Future<Map<String, String>> texts(String exId, List<String> ids) {
    List<String> arguments = new ArrayList<>(List.of("texts"));
    arguments.addAll(ids);
    return read(exId, arguments)
        .map(
            answer -> {
              Map<String, String> texts = new HashMap<>();
              for (int i = 0; i < ids.size(); i++) {
                texts.put(ids.get(i), answer.get(i).toString());
              }
              return texts;
            });
  }

  private Future<Response> read(String exId, List<String> arguments) {
    return link.read(WRITE, keys.all(exId), arguments);
  }

  /** What cannot be taken out now can be the next time. */
  @Override
  public void tidy(String exId) {
    link.run(WRITE, keys.all(exId), List.of("tidy"))
        .onSuccess(
            ended -> {
              if (ended.toInteger() == TIDIED) {
                tidy(exId);
              }
            });
  }
}
