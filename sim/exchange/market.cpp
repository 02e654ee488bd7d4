#include "sim/exchange/market.hpp"

#include <algorithm>

#include "sim/fingerprint.hpp"

namespace apiforge::sim::exchange {
namespace {

constexpr std::int64_t kFirstUpdateId = 1'000'000;
/// A step moves the price by at most so many levels.
constexpr std::int64_t kMaxMove = 3;
/// A level keeps its quantity for so many steps, each from a moment of its own.
constexpr std::uint64_t kQuantityLife = 64;
/// The past is drawn more coarsely than the present: so many moves a minute.
constexpr int kHistoryMoves = 10;

std::int64_t minute_of(std::int64_t time) {
  return time - time % Market::kMinute;
}

template <class T>
void push_bounded(std::deque<T>& list, std::size_t limit, T value) {
  list.push_back(std::move(value));
  if (list.size() > limit) list.pop_front();
}

}  // namespace

void Candle::add(const Trade& trade) {
  if (trades == 0) {
    open = high = low = trade.price;
    first_trade_id = trade.id;
  }
  high = std::max(high, trade.price);
  low = std::min(low, trade.price);
  close = trade.price;
  ++trades;
  const Decimal amount = multiply(trade.price, trade.quantity);
  volume += trade.quantity;
  quote_volume += amount;
  if (trade.buyer_is_maker) return;
  taker_volume += trade.quantity;
  taker_quote_volume += amount;
}

void Candle::add(const Candle& later) {
  high = std::max(high, later.high);
  low = std::min(low, later.low);
  close = later.close;
  volume += later.volume;
  quote_volume += later.quote_volume;
  taker_volume += later.taker_volume;
  taker_quote_volume += later.taker_quote_volume;
  trades += later.trades;
}

Market::Market(Symbol symbol, std::uint64_t seed, std::int64_t start, std::int64_t step_length)
    : symbol_(std::move(symbol)),
      seed_(fingerprint(seed, symbol_.name)),
      random_(seed_),
      step_length_(step_length),
      now_(start),
      middle_(symbol_.start_price) {
  write_history(start);
}

void Market::write_history(std::int64_t start) {
  const auto length = static_cast<std::int64_t>(kHistoryMinutes) * kMinute;
  for (now_ = minute_of(start) - length; now_ < start; now_ += kMinute / kHistoryMoves) {
    move();
    trade();
  }
  now_ = start;
}

void Market::step() {
  now_ += step_length_;
  ++step_;
  move();
  trade();
}

void Market::move() {
  if (random_.below(symbol_.calm) != 0) return;
  const auto levels = static_cast<std::int64_t>(random_.below(2 * kMaxMove + 1)) - kMaxMove;
  const Decimal next = middle_ + symbol_.gap * levels;
  // Reflected at half and at twice the first price, so that no run ever leaves the sensible.
  const bool sensible = next * 2 >= symbol_.start_price && next <= symbol_.start_price * 2;
  middle_ = sensible ? next : middle_ - symbol_.gap * levels;
}

void Market::trade() {
  const bool sell = random_.below(2) == 0;
  const auto steps = symbol_.level_quantity.units / symbol_.step.units;
  const auto size = static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(steps)));
  const Trade trade{.id = next_trade_id_++,
                    .time = now_,
                    .price = sell ? bid(0) : ask(0),
                    .quantity = symbol_.step * (size + 1),
                    .buyer_is_maker = sell};
  push_bounded(trades_, kRecentTrades, trade);
  if (minutes_.empty() || minutes_.back().open_time != minute_of(now_)) {
    push_bounded(minutes_, kHistoryMinutes, Candle{.open_time = minute_of(now_)});
  }
  minutes_.back().add(trade);
}

Decimal Market::quantity_at(Decimal price, std::int64_t step) const {
  const auto key = fingerprint(seed_, static_cast<std::uint64_t>(price.units));
  const auto age = (static_cast<std::uint64_t>(step) + key % kQuantityLife) / kQuantityLife;
  const auto steps =
      static_cast<std::uint64_t>(2 * symbol_.level_quantity.units / symbol_.step.units);
  return symbol_.step * static_cast<std::int64_t>(1 + fingerprint(key, age) % steps);
}

Book Market::book(std::int64_t levels) const {
  Book book{.last_update_id = kFirstUpdateId + step_};
  levels = std::min(levels, kBookLevels);
  for (std::int64_t level = 0; level < levels; ++level) {
    book.asks.push_back({ask(level), quantity_at(ask(level), step_)});
    if (bid(level).units > 0) book.bids.push_back({bid(level), quantity_at(bid(level), step_)});
  }
  return book;
}

Decimal Market::depth_at(Decimal price, const BookCursor& state) const {
  const auto level = (price.units - state.middle.units) / symbol_.gap.units;
  if (level == 0 || std::abs(level) > kBookLevels) return {};
  return quantity_at(price, state.step);
}

BookChange Market::changes_since(const BookCursor& known) const {
  BookChange change{.first_update_id = kFirstUpdateId + known.step + 1,
                    .last_update_id = kFirstUpdateId + step_};
  const Decimal low = std::min(known.middle, middle_) - symbol_.gap * kBookLevels;
  const Decimal high = std::max(known.middle, middle_) + symbol_.gap * kBookLevels;
  const BookCursor current = cursor();
  for (Decimal price = low; price <= high; price += symbol_.gap) {
    if (price.units <= 0) continue;
    const Decimal before = depth_at(price, known);
    const Decimal after = depth_at(price, current);
    // A price that changed sides is gone from one side and new on the other.
    const bool was_bid = price < known.middle;
    const bool is_bid = price < middle_;
    if (before.units > 0 && (after.units == 0 || was_bid != is_bid)) {
      (was_bid ? change.bids : change.asks).push_back({price, {}});
    }
    if (after.units > 0 && (after != before || was_bid != is_bid)) {
      (is_bid ? change.bids : change.asks).push_back({price, after});
    }
  }
  return change;
}

}  // namespace apiforge::sim::exchange
