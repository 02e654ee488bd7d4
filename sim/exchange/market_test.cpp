#include "sim/exchange/market.hpp"

#include <gtest/gtest.h>

#include <map>

#include "sim/exchange/candles.hpp"

namespace apiforge::sim::exchange {
namespace {

constexpr std::int64_t kStart = 1'700'000'000'000;
constexpr std::int64_t kStep = 100;

Market bitcoin(std::uint64_t seed = 1) {
  return {default_symbols()[0], seed, kStart, kStep};
}

void step(Market& market, int times) {
  for (int i = 0; i < times; ++i) market.step();
}

TEST(Market, MovesAlikeForTheSameSeedAndSteps) {
  Market one = bitcoin();
  Market same = bitcoin();
  Market other = bitcoin(2);
  for (Market* market : {&one, &same, &other}) step(*market, 500);
  EXPECT_EQ(one.last_trade().price, same.last_trade().price);
  EXPECT_EQ(one.best_bid().quantity, same.best_bid().quantity);
  EXPECT_NE(one.last_trade().quantity, other.last_trade().quantity);
}

TEST(Market, KeepsToTheRulesOfItsSymbols) {
  for (const Symbol& symbol : default_symbols()) {
    Market market(symbol, 3, kStart, kStep);
    step(market, 2000);
    const Book book = market.book(20);
    EXPECT_LT(book.bids.front().price, book.asks.front().price);
    for (const auto& side : {book.bids, book.asks}) {
      for (const Level& level : side) {
        EXPECT_EQ(level.price.units % symbol.tick.units, 0) << symbol.name;
        EXPECT_EQ(level.quantity.units % symbol.step.units, 0) << symbol.name;
        EXPECT_GT(level.quantity.units, 0);
      }
    }
  }
}

/// A reader of the depth stream, as the provider's page tells to do it.
class LocalBook {
 public:
  explicit LocalBook(const Book& snapshot) {
    for (const Level& level : snapshot.bids) bids_[level.price] = level.quantity;
    for (const Level& level : snapshot.asks) asks_[level.price] = level.quantity;
  }
  void apply(const BookChange& change) {
    for (const Level& level : change.bids) set(bids_, level);
    for (const Level& level : change.asks) set(asks_, level);
  }
  const std::map<Decimal, Decimal>& bids() const { return bids_; }
  const std::map<Decimal, Decimal>& asks() const { return asks_; }

 private:
  static void set(std::map<Decimal, Decimal>& side, const Level& level) {
    if (level.quantity.units == 0)
      side.erase(level.price);
    else
      side[level.price] = level.quantity;
  }
  std::map<Decimal, Decimal> bids_;
  std::map<Decimal, Decimal> asks_;
};

TEST(Market, TellsChangesThatKeepALocalBookRight) {
  Market market = bitcoin();
  LocalBook local(market.book(Market::kBookLevels));
  for (int round = 0; round < 50; ++round) {
    const BookCursor known = market.cursor();
    const auto last_id = market.book(1).last_update_id;
    step(market, 1 + round % 5);
    const BookChange change = market.changes_since(known);
    EXPECT_EQ(change.first_update_id, last_id + 1);
    local.apply(change);
    const LocalBook fresh(market.book(Market::kBookLevels));
    ASSERT_EQ(local.bids(), fresh.bids()) << "round " << round;
    ASSERT_EQ(local.asks(), fresh.asks()) << "round " << round;
  }
}

TEST(Candles, PutMinutesTogether) {
  Market market = bitcoin();
  step(market, 700);
  const auto minutes = candles_of(market, *Interval::parse("1m"), {{}, {}, 60});
  const auto hours = candles_of(market, *Interval::parse("1h"), {{}, {}, 2});
  ASSERT_EQ(minutes.size(), 60U);
  ASSERT_EQ(hours.size(), 2U);
  EXPECT_EQ(hours[1].open_time % (3600 * 1000), 0);
  EXPECT_EQ(hours[1].open_time - hours[0].open_time, 3600 * 1000);
  EXPECT_EQ(hours[1].close, minutes.back().close);
  EXPECT_EQ(hours[1].close, market.last_trade().price);
}

TEST(Candles, BeginWhereTheyAreAskedTo) {
  const Market market = bitcoin();
  const std::int64_t from = kStart - 3 * 3600 * 1000;
  const auto candles = candles_of(market, *Interval::parse("5m"), {from, {}, 3});
  ASSERT_EQ(candles.size(), 3U);
  EXPECT_GE(candles[0].open_time, from);
  EXPECT_LT(candles[0].open_time, from + 5 * Market::kMinute);
}

TEST(Candles, OfWeeksBeginOnMondayAndOfMonthsOnTheFirst) {
  // Tuesday, 2023-11-14T22:13:20Z.
  EXPECT_EQ(Interval::parse("1w")->start_of(kStart), 1'699'833'600'000);  // 2023-11-13
  EXPECT_EQ(Interval::parse("1M")->start_of(kStart), 1'698'796'800'000);  // 2023-11-01
  EXPECT_EQ(Interval::parse("1M")->end_of(kStart), 1'701'388'799'999);
  EXPECT_FALSE(Interval::parse("7m"));
}

}  // namespace
}  // namespace apiforge::sim::exchange
