package io.fullon.cache.process;

/**
 * A process in the index, as it is stored; another program may have written anything.
 *
 * @param id its name in the index
 * @param type in whose index it is
 * @param entry when it last said something, as the index has it
 * @param text its JSON; empty when there is none, or too much to read
 */
record ListedProcess(String id, ProcessType type, String entry, String text) {}
