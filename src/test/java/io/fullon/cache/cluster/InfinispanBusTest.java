package io.fullon.cache.cluster;

import io.fullon.cache.testing.Cluster;

/** On Infinispan. */
class InfinispanBusTest extends ClusteredBus {

  InfinispanBusTest() {
    super(Cluster.Kind.INFINISPAN);
  }
}
