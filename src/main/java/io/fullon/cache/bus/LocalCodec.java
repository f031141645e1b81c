package io.fullon.cache.bus;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;

/**
 * Passes an immutable value to consumers on the same node as it is, without a copy. It cannot leave
 * the node.
 */
public final class LocalCodec<T> implements MessageCodec<T, T> {

  private final String name;

  private LocalCodec(Class<T> type) {
    this.name = type.getName();
  }

  /**
   * @return the options with which values of this type are published on this node
   */
  public static <T> DeliveryOptions register(Vertx vertx, Class<T> type) {
    LocalCodec<T> codec = new LocalCodec<>(type);
    try {
      vertx.eventBus().registerCodec(codec);
    } catch (IllegalStateException alreadyThere) {
      // Registered once per bus, by whoever comes first.
    }
    return new DeliveryOptions().setLocalOnly(true).setCodecName(codec.name());
  }

  @Override
  public T transform(T value) {
    return value;
  }

  @Override
  public void encodeToWire(Buffer buffer, T value) {
    throw new IllegalStateException(name + " is published on the local node only");
  }

  @Override
  public T decodeFromWire(int position, Buffer buffer) {
    throw new IllegalStateException(name + " is published on the local node only");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
