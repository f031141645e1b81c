/** What TLS needs on either side: the gateway's and the client's of Redis. */
package io.fullon.cache.tls;
