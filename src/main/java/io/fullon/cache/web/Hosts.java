package io.fullon.cache.web;

import io.fullon.cache.value.Fields;
import io.fullon.cache.value.Names;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * By which names a server may be asked. A page of an attacker whose name he makes point to this
 * machine ("DNS rebinding") would be the server's own for a browser; its name gives it away.
 */
final class Hosts {

  /** A name or an address; one with colons has several, as a port has none here. */
  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9._-]+|\\[?(?=.*:.*:)[0-9A-Fa-f:.]+]?|\\*");

  private final Set<String> allowed = new HashSet<>();
  private final boolean onlyLocal;

  /**
   * @param host what the server listens on
   * @param isLoopback whether only programs on this machine can connect to that
   * @param allowed the names that are allowed besides; where others can connect, and there are
   *     none, all are
   * @param publicOrigins what browsers know the server by
   */
  Hosts(String host, boolean isLoopback, List<String> allowed, Collection<String> publicOrigins) {
    allowed.forEach(name -> this.allowed.add(normal(name)));
    this.onlyLocal = isLoopback;
    if (isLoopback) {
      this.allowed.add(normal(host));
    } else if (allowed.isEmpty()) {
      this.allowed.add(Names.ANY);
    }
    publicOrigins.forEach(origin -> this.allowed.add(normal(Origins.host(origin))));
  }

  /** Reads a list of names, or a text in which commas part them. */
  static List<String> parse(Fields section, String key) {
    return Lists.parse(section, key, HOST, "must be host names such as example.com, or *");
  }

  /** Whether it is a name of this machine, whoever asks. */
  static boolean isLocal(String host) {
    String name = normal(host);
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(name);
    return address == null ? name.equals("localhost") : address.isLoopbackAddress();
  }

  /**
   * @param host the name that a request was for, without the port
   */
  boolean allow(String host) {
    return allowed.contains(Names.ANY)
        || allowed.contains(normal(host))
        || (onlyLocal && isLocal(host));
  }

  /** The same for all that name the same: in small letters, without brackets and final dot. */
  private static String normal(String host) {
    String name = host.toLowerCase(Locale.ROOT).replaceFirst("\\.$", "").replaceAll("[\\[\\]]", "");
    InetAddress address = NetUtil.createInetAddressFromIpAddressString(name);
    return address == null ? name : address.getHostAddress();
  }
}
