package io.fullon.cache.fence;

import io.vertx.core.json.JsonObject;

/**
 * What a bot or an executor did with a token, and was answered.
 *
 * @param market which block it is about
 * @param what the method
 * @param token the block's; of an id that was given out, that under which it was pushed
 * @param done whether it was done; false if it was refused
 * @param began when, as nanoTime; processes of one machine have it in common
 * @param ended when it was answered, likewise
 * @param beganAt when it began, by the machine's clock, in ms
 * @param until when the lease ends by this, by the machine's clock, in ms; 0 if it says nothing
 */
record Deed(
    int market,
    What what,
    long token,
    boolean done,
    long began,
    long ended,
    long beganAt,
    long until) {

  enum What {
    ACQUIRE,
    RENEW,
    RELEASE,
    CHECK,
    SAVE,
    MERGE,
    BIND,
    DELETE,
    PUSH,
    MARK,
    UNMARK,
    POP,
    TAKE
  }

  JsonObject toJson() {
    return JsonObject.of(
        "market",
        market,
        "what",
        what.name(),
        "token",
        token,
        "done",
        done,
        "began",
        began,
        "ended",
        ended,
        "began_at",
        beganAt,
        "until",
        until);
  }

  static Deed fromJson(JsonObject json) {
    return new Deed(
        json.getInteger("market"),
        What.valueOf(json.getString("what")),
        json.getLong("token"),
        json.getBoolean("done"),
        json.getLong("began"),
        json.getLong("ended"),
        json.getLong("began_at"),
        json.getLong("until"));
  }
}
