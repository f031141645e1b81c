package io.fullon.cache.input;

import io.fullon.cache.value.InvalidValueException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.Stream;

/** A method of a service as callers in plain JSON see it. */
record Action(String address, String name, List<Parameter> parameters) {

  static Action action(String address, String name, Parameter... parameters) {
    return new Action(address, name, List.of(parameters));
  }

  /** A call in which all is as it must be. */
  JsonObject goodCall() {
    return Parameter.object(parameters);
  }

  Stream<BadCall> badCalls() {
    return parameters.stream()
        .flatMap(parameter -> parameter.spoiled(""))
        .map(spoiled -> new BadCall(this, spoiled));
  }

  @Override
  public String toString() {
    return address + " " + name;
  }

  /** A call in which one thing is wrong. */
  record BadCall(Action action, Parameter.Spoiled spoiled) {

    JsonObject body() {
      JsonObject body = action.goodCall();
      Object holder = body;
      String[] steps = spoiled.path().replace("[", ".[").split("\\.", -1);
      for (int i = 0; i < steps.length - 1; i++) {
        holder =
            isIndex(steps[i])
                ? ((JsonArray) holder).getValue(index(steps[i]))
                : ((JsonObject) holder).getValue(steps[i]);
      }
      String last = steps[steps.length - 1];
      if (isIndex(last)) {
        ((JsonArray) holder).set(index(last), spoiled.value());
      } else if (spoiled.missing()) {
        ((JsonObject) holder).remove(last);
      } else {
        ((JsonObject) holder).put(last, spoiled.value());
      }
      return body;
    }

    private static boolean isIndex(String step) {
      return step.startsWith("[");
    }

    private static int index(String step) {
      return Integer.parseInt(step.substring(1, step.length() - 1));
    }

    @Override
    public String toString() {
      String got = spoiled.missing() ? "missing" : InvalidValueException.show(spoiled.value());
      return action + ": " + spoiled.path() + " = " + got;
    }
  }
}
