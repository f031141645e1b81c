/** Accounts: positions, what fills make of them, and balances. */
package io.fullon.cache.account;
