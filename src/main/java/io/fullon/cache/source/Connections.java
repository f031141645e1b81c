package io.fullon.cache.source;

import io.fullon.cache.source.SourceState.State;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Connections of an exchange over which what is wanted is spread. */
final class Connections {

  private final Function<Channel, VenueConnection> maker;
  private final List<VenueConnection> all = new ArrayList<>();

  /**
   * @param maker makes another one for a channel
   */
  Connections(Function<Channel, VenueConnection> maker) {
    this.maker = maker;
  }

  void want(String name, Channel channel) {
    with(name, channel).want(name);
  }

  /** The one that has it, or that has room for it. */
  private VenueConnection with(String name, Channel channel) {
    VenueConnection withRoom = null;
    for (VenueConnection connection : all) {
      if (connection.channel().equals(channel)) {
        if (connection.wanted().contains(name)) {
          return connection;
        }
        if (withRoom == null && connection.hasRoom()) {
          withRoom = connection;
        }
      }
    }
    if (withRoom == null) {
      withRoom = maker.apply(channel);
      all.add(withRoom);
      withRoom.open();
    }
    return withRoom;
  }

  /** Nothing else is wanted. */
  void retain(Set<String> names) {
    for (VenueConnection connection : all) {
      connection.wanted().stream()
          .filter(name -> !names.contains(name))
          .toList()
          .forEach(connection::unwant);
    }
  }

  void unwant(String name) {
    all.forEach(connection -> connection.unwant(name));
  }

  /** Those of which nothing is wanted. */
  void closeIdle() {
    for (VenueConnection connection : List.copyOf(all)) {
      if (connection.wanted().isEmpty()) {
        connection.close();
        all.remove(connection);
      }
    }
  }

  void close() {
    all.forEach(VenueConnection::close);
    all.clear();
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** The one whose state is the worst of those; null when there is none. */
  VenueConnection worst(Predicate<VenueConnection> which) {
    return all.stream()
        .filter(which)
        .max(Comparator.comparing(VenueConnection::state))
        .orElse(null);
  }

  /** How many of all have the state, in brackets; nothing when it is all of them. */
  String part(State state) {
    long like = all.stream().filter(one -> one.state() == state).count();
    return like == all.size() ? "" : " (" + like + " of " + all.size() + " connections)";
  }
}
