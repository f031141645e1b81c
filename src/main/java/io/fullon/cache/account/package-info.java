/**
 * Positions and balances of accounts.
 *
 * <p>All that one account has is in one Cluster slot, and each change of it is one step: it reads
 * ({@link io.fullon.cache.account.AccountReads}), computes in Java, since Redis has no decimals,
 * and stores what has become of it ({@link io.fullon.cache.account.AccountState}) if the account's
 * <em>revision</em> is still the one that was read; else it begins again. So what one step sees and
 * writes is whole, whoever else is at work. Changes that come meanwhile share the next step ({@link
 * io.fullon.cache.account.AccountQueue}).
 *
 * <p>A position that was synchronized has a <em>boundary</em>: it contains the size and entry of
 * what happened up to then. Later fills are <em>counted</em>, kept for a while ({@link
 * io.fullon.cache.account.Counted}), and counted again on top of the next synchronization that is
 * older than they are ({@link io.fullon.cache.account.PositionsChange}).
 *
 * <p>A fill counts once ({@link io.fullon.cache.account.KnownFill}). Of an order the exchange tells
 * <em>singles</em>, which are its fills, and what it is <em>settled</em> with, which is its sum;
 * the larger of both is what is counted ({@link io.fullon.cache.account.OrderCount}). A fill moves
 * a position by as much as it raises that ({@link io.fullon.cache.account.FillChange}), a
 * settlement by the rest ({@link io.fullon.cache.account.OrderSettlement}). What is counted is
 * <em>pending</em> until it is in the list of its symbol, so that a call that was broken off can be
 * finished by the next one.
 */
package io.fullon.cache.account;
