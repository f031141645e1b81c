package io.fullon.cache.history;

/**
 * The block of one symbol, whose leases outlast the history.
 *
 * @param bot who has it, or null
 * @param token with which; {@link #UNTOLD} if that was never answered
 * @param last the largest token that was answered
 * @param opening whether there is a mark
 */
public record Market(String bot, long token, long last, boolean opening) {

  public static final Market FREE = new Market(null, 0, 0, false);

  private static final long UNTOLD = -1;

  private boolean isOthers(String caller) {
    return bot != null && !bot.equals(caller);
  }

  private boolean has(String caller, long with) {
    return caller.equals(bot) && token == with;
  }

  /** The answer of what only a bot with this token can do. */
  private Market ifFits(Answer<Boolean> answer, boolean done, Market after) {
    return !answer.mayBe(done) ? null : done ? after : this;
  }

  /** acquireBlock. */
  public record Acquire(String bot, Answer<Long> token) implements Step<Market> {

    @Override
    public Market after(Market market) {
      if (market.isOthers(bot)) {
        return token.mayBe(null) ? market : null;
      }
      boolean keeps = bot.equals(market.bot) && market.opening;
      if (!token.isKnown()) {
        return new Market(bot, UNTOLD, market.last, keeps);
      }
      return token.value() != null && token.value() > market.last
          ? new Market(bot, token.value(), token.value(), keeps)
          : null;
    }

    @Override
    public boolean isObservation() {
      return token.is(null);
    }
  }

  /** renewBlock. */
  public record Renew(String bot, long token, Answer<Boolean> answer) implements Step<Market> {

    @Override
    public Market after(Market market) {
      return market.ifFits(answer, market.has(bot, token), market);
    }

    @Override
    public boolean isObservation() {
      return answer.is(false);
    }
  }

  /** unblockExchange. */
  public record Release(String bot, long token, Answer<Boolean> answer) implements Step<Market> {

    @Override
    public Market after(Market market) {
      return market.ifFits(answer, market.has(bot, token), new Market(null, 0, market.last, false));
    }

    @Override
    public boolean isObservation() {
      return answer.is(false);
    }
  }

  /** markOpeningPosition. */
  public record Mark(String bot, long token, Answer<Boolean> answer) implements Step<Market> {

    @Override
    public Market after(Market market) {
      return market.ifFits(
          answer, market.has(bot, token), new Market(bot, token, market.last, true));
    }

    @Override
    public boolean isObservation() {
      return answer.is(false);
    }
  }

  /** A write of an order with a token; false if it was refused. */
  public record Write(long token, Answer<Boolean> answer) implements Step<Market> {

    @Override
    public Market after(Market market) {
      return market.ifFits(answer, market.bot != null && market.token == token, market);
    }

    @Override
    public boolean isObservation() {
      return answer.is(false);
    }
  }

  /** checkBlock. */
  public record Check(long token, Answer<Boolean> answer) implements Step<Market> {

    @Override
    public Market after(Market market) {
      return market.ifFits(answer, market.bot != null && market.token == token, market);
    }

    @Override
    public boolean isObservation() {
      return true;
    }
  }

  /** isBlocked. */
  public record Holder(Answer<String> bot) implements Step<Market> {

    @Override
    public Market after(Market market) {
      return bot.mayBe(market.bot) ? market : null;
    }

    @Override
    public boolean isObservation() {
      return true;
    }
  }

  /** isOpeningPosition. */
  public record Opening(Answer<Boolean> answer) implements Step<Market> {

    @Override
    public Market after(Market market) {
      return answer.mayBe(market.opening) ? market : null;
    }

    @Override
    public boolean isObservation() {
      return true;
    }
  }
}
