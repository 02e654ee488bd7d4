// Market: the moving price of one symbol, its book, its trades and its candles. Moves in steps,
// with a trade in each; the same seed and the same number of steps give the same market. Nobody's
// orders are in the book: it has no memory of what was taken from it. Owned by the Exchange; its
// thread only.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "base/random.hpp"
#include "sim/exchange/symbols.hpp"

namespace apiforge::sim::exchange {

struct Trade {
  std::int64_t id = 0;
  std::int64_t time = 0;  ///< Unix milliseconds, as all times here
  Decimal price{};
  Decimal quantity{};
  bool buyer_is_maker = false;
};

struct Level {
  Decimal price{};
  Decimal quantity{};
};

/// Best levels first.
struct Book {
  std::int64_t last_update_id = 0;
  std::vector<Level> bids{};
  std::vector<Level> asks{};
};

/// How the book came from one update to another; quantity 0 means that the level is gone.
struct BookChange {
  std::int64_t first_update_id = 0;
  std::int64_t last_update_id = 0;
  std::vector<Level> bids{};
  std::vector<Level> asks{};
};

/// A state of the book that a reader knows.
struct BookCursor {
  std::int64_t step = 0;
  Decimal middle{};
};

struct Candle {
  std::int64_t open_time = 0;
  Decimal open{}, high{}, low{}, close{};
  Decimal volume{}, quote_volume{};
  Decimal taker_volume{}, taker_quote_volume{};  ///< what buyers took
  std::int64_t first_trade_id = 0;
  std::int64_t trades = 0;

  void add(const Trade& trade);
  void add(const Candle& later);
};

class Market {
 public:
  static constexpr std::int64_t kMinute = 60'000;
  static constexpr std::int64_t kBookLevels = 1000;
  static constexpr std::size_t kHistoryMinutes = 7 * 24 * 60;
  static constexpr std::size_t kRecentTrades = 1000;

  /// Begins at `start` (Unix milliseconds) with the history of the week before it. `step_length` is
  /// in milliseconds, at least 1.
  Market(Symbol symbol, std::uint64_t seed, std::int64_t start, std::int64_t step_length);

  /// Moves on by one step.
  void step();
  /// When the next step is due.
  std::int64_t next_step_time() const { return now_ + step_length_; }
  std::int64_t step_length() const { return step_length_; }
  /// Leaps over a time in which nobody was there to look.
  void skip_to(std::int64_t time) { now_ = time; }

  const Symbol& symbol() const { return symbol_; }
  std::int64_t now() const { return now_; }
  Level best_bid() const { return {bid(0), quantity_at(bid(0), step_)}; }
  Level best_ask() const { return {ask(0), quantity_at(ask(0), step_)}; }
  const Trade& last_trade() const { return trades_.back(); }
  /// The newest last.
  const std::deque<Trade>& trades() const { return trades_; }
  /// Minutes, the newest, still open one last.
  const std::deque<Candle>& minutes() const { return minutes_; }

  /// At most `levels` on each side, and never more than kBookLevels.
  Book book(std::int64_t levels) const;
  BookCursor cursor() const { return {step_, middle_}; }
  BookChange changes_since(const BookCursor& known) const;

 private:
  Decimal bid(std::int64_t level) const { return middle_ - symbol_.gap * (level + 1); }
  Decimal ask(std::int64_t level) const { return middle_ + symbol_.gap * (level + 1); }
  Decimal quantity_at(Decimal price, std::int64_t step) const;
  /// What the book of `state` offers at `price`: zero when that is not one of its levels.
  Decimal depth_at(Decimal price, const BookCursor& state) const;
  void move();
  void trade();
  void write_history(std::int64_t start);

  Symbol symbol_;
  std::uint64_t seed_;
  Random random_;
  std::int64_t step_length_;
  std::int64_t now_;
  std::int64_t step_ = 0;
  std::int64_t next_trade_id_ = 1;
  Decimal middle_;
  std::deque<Trade> trades_;
  std::deque<Candle> minutes_;
};

}  // namespace apiforge::sim::exchange
