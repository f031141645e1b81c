package io.fullon.cache.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The published description of the feed, to which every message is held. */
public final class FeedSchema {

  private static final String DOCUMENT = "/io/fullon/cache/webroot/asyncapi.yaml";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private static final JsonNode ROOT = read();

  /** By the {@code type} of the frame. */
  private static final Map<String, Schema> FRAMES = schemas("frame", "type");

  /** By the {@code op} of the request. */
  private static final Map<String, Schema> REQUESTS = schemas("request", "op");

  private FeedSchema() {}

  private static JsonNode read() {
    try (InputStream document = FeedSchema.class.getResourceAsStream(DOCUMENT)) {
      return new YAMLMapper().readTree(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Map<String, Schema> schemas(String operation, String name) {
    // AsyncAPI's schemas are a superset of this draft.
    SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7);
    Map<String, Schema> schemas = new HashMap<>();
    for (JsonNode reference : ROOT.at("/operations/" + operation + "/messages")) {
      JsonNode message = resolve(resolve(reference));
      ObjectNode schema = message.get("payload").deepCopy();
      schema.set("components", ROOT.get("components"));
      schemas.put(
          schema.at("/properties/" + name + "/const").textValue(), registry.getSchema(schema));
    }
    return schemas;
  }

  private static JsonNode resolve(JsonNode reference) {
    return ROOT.at(reference.get("$ref").textValue().substring(1));
  }

  /** Fails when a server's frame is not as described. */
  public static void checkFrame(String text) {
    List<?> errors = errors(FRAMES, "type", text);
    if (!errors.isEmpty()) {
      throw new AssertionError("Not as described: " + errors + " in " + text);
    }
  }

  /** Whether a client's message is as described. */
  public static boolean isRequest(String text) {
    return errors(REQUESTS, "op", text).isEmpty();
  }

  private static List<?> errors(Map<String, Schema> schemas, String name, String text) {
    JsonNode message;
    try {
      message = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      return List.of(e.getOriginalMessage());
    }
    Schema schema = schemas.get(message.path(name).asText());
    if (schema == null) {
      return List.of("unknown " + name);
    }
    List<Error> errors = schema.validate(message);
    return errors;
  }
}
