package io.fullon.cache.process;

import io.fullon.cache.value.FieldType;

/** How a process is; the names are those of the Python package. */
public enum ProcessStatus {
  STARTING("starting"),
  RUNNING("running"),
  PROCESSING("processing"),
  IDLE("idle"),
  ERROR("error"),
  STOPPED("stopped");

  /** Fields that are one of them. */
  public static final FieldType<ProcessStatus> TYPE =
      FieldType.oneOf("processStatus", ProcessStatus.class, values());

  private final String text;

  ProcessStatus(String text) {
    this.text = text;
  }

  /** As JSON has it. */
  @Override
  public String toString() {
    return text;
  }
}
