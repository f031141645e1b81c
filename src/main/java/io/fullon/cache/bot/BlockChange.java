package io.fullon.cache.bot;

import io.fullon.cache.value.FieldType;
import io.fullon.cache.value.Fields;
import io.fullon.cache.value.JsonFields;
import io.fullon.cache.value.JsonValue;
import io.vertx.core.json.JsonObject;

/**
 * What became of a block.
 *
 * @param kind what
 * @param block as it is now, or was until then
 */
public record BlockChange(Kind kind, Block block) implements JsonValue {

  /** What can become of a block. */
  public enum Kind {
    /** Nobody had it, and a bot has it now. */
    ACQUIRED("acquired"),
    /** The bot that had it has another token now. */
    RENEWED("renewed"),
    /** The bot has given it back. */
    RELEASED("released"),
    /** Its time was over. */
    EXPIRED("expired");

    private static final FieldType<Kind> TYPE =
        FieldType.oneOf("blockChange", Kind.class, values());

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** As JSON has it. */
    @Override
    public String toString() {
      return text;
    }

    static Kind of(Object text) {
      return TYPE.read("kind", text);
    }
  }

  /** Reads it from event-bus JSON: the inverse of {@link #toJson}. */
  public static BlockChange fromJson(JsonObject json) {
    Fields fields = Fields.of("", json);
    return new BlockChange(Kind.of(fields.raw("kind")), fields.object("block", Block::read));
  }

  @Override
  public JsonObject toJson() {
    return new JsonFields().put("kind", kind.toString()).put("block", block).json();
  }
}
