package io.fullon.cache.web;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;

/**
 * Something to send, as it is and compressed (RFC 9110, section 8.4.1.3).
 *
 * @param plain as it is
 * @param zipped the same with gzip
 */
record Content(Buffer plain, Buffer zipped) {

  static Content of(byte[] content) {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // never, in memory
    }
    return new Content(Buffer.buffer(content), Buffer.buffer(zipped.toByteArray()));
  }

  /** Sends it as the client takes it. */
  void send(RoutingContext context, String type) {
    HttpServerResponse response = context.response();
    response.putHeader(HttpHeaders.CONTENT_TYPE, type);
    response.headers().add(HttpHeaders.VARY, "Accept-Encoding");
    boolean takesZipped =
        context.parsedHeaders().acceptEncoding().stream()
            .anyMatch(encoding -> encoding.value().equals("gzip") && encoding.weight() > 0);
    if (takesZipped) {
      response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
    }
    Answer.end(response, takesZipped ? zipped : plain);
  }
}
