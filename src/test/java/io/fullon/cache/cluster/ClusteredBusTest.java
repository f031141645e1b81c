package io.fullon.cache.cluster;

import io.fullon.cache.testing.Cluster;

/** On Hazelcast. */
class ClusteredBusTest extends ClusteredBus {

  ClusteredBusTest() {
    super(Cluster.Kind.HAZELCAST);
  }
}
