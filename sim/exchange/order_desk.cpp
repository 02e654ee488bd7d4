#include "sim/exchange/order_desk.hpp"

#include <algorithm>

#include "sim/fingerprint.hpp"

namespace apiforge::sim::exchange {
namespace {

/// Commission: a thousandth of what is received, for makers and takers alike.
constexpr std::int64_t kCommissionDivisor = 1000;

Decimal rounded_up_product(Decimal a, Decimal b) {
  const Decimal product = multiply(a, b);
  const bool exact = static_cast<__int128>(product.units) * Decimal::kOne ==
                     static_cast<__int128>(a.units) * b.units;
  return exact ? product : product + Decimal{1};
}

/// What an order of so much must have locked: quote asset to buy, base asset to sell.
Decimal cover(const NewOrder& order, Decimal quantity) {
  return order.side == Side::Buy ? rounded_up_product(order.price, quantity) : quantity;
}

const std::string& paying_asset(const Symbol& symbol, Side side) {
  return side == Side::Buy ? symbol.quote : symbol.base;
}

/// 22 characters, as the ids that Binance makes up.
std::string made_up_client_id(std::int64_t order_id) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string id;
  for (std::uint64_t i = 0; i < 22; ++i) {
    const auto hash = fingerprint(static_cast<std::uint64_t>(order_id), i);
    id += kLetters[hash % kLetters.size()];
  }
  return id;
}

Decimal rounded_down(Decimal value, Decimal step) {
  return {value.units - value.units % step.units};
}

std::unexpected<Refusal> insufficient_balance() {
  return refuse(-2010, "Account has insufficient balance for requested action.");
}

Decimal total_quantity(const std::vector<Level>& levels) {
  Decimal total;
  for (const Level& level : levels) total += level.quantity;
  return total;
}

Decimal total_cost(const NewOrder& order, const std::vector<Level>& levels) {
  if (order.side == Side::Sell) return total_quantity(levels);
  Decimal total;
  for (const Level& level : levels) total += multiply(level.price, level.quantity);
  return total;
}

Outcome<void> check_price(const NewOrder& order, const Symbol& symbol) {
  if (order.type == OrderType::Market) return {};
  const bool good = order.price >= symbol.tick && order.price <= symbol.max_price &&
                    order.price.units % symbol.tick.units == 0;
  if (!good) return filter_failure("PRICE_FILTER");
  return {};
}

Outcome<void> check_quantity(const NewOrder& order, const Symbol& symbol) {
  if (order.quote_quantity.units > 0) return {};
  const bool good = order.quantity >= symbol.step && order.quantity <= symbol.max_quantity &&
                    order.quantity.units % symbol.step.units == 0;
  if (!good) return filter_failure("LOT_SIZE");
  return {};
}

Outcome<void> check_notional(const NewOrder& order, const Market& market) {
  const Symbol& symbol = market.symbol();
  const Decimal price = order.type == OrderType::Market ? market.last_trade().price : order.price;
  const Decimal notional =
      order.quote_quantity.units > 0 ? order.quote_quantity : multiply(price, order.quantity);
  const bool too_large = order.type != OrderType::Market && notional > symbol.max_notional;
  if (notional < symbol.min_notional || too_large) return filter_failure("NOTIONAL");
  return {};
}

}  // namespace

std::vector<Level> crossing_levels(const NewOrder& order, const Book& book, Decimal step) {
  const bool buy = order.side == Side::Buy;
  const bool by_quote = order.quote_quantity.units > 0;
  Decimal left = by_quote ? order.quote_quantity : order.quantity;
  std::vector<Level> taken;
  for (const Level& level : buy ? book.asks : book.bids) {
    const bool crosses = order.type == OrderType::Market ||
                         (buy ? level.price <= order.price : level.price >= order.price);
    if (!crosses) break;
    const Decimal wanted = by_quote ? rounded_down(divide(left, level.price), step) : left;
    const Decimal quantity = std::min(level.quantity, wanted);
    if (quantity.units == 0) break;
    taken.push_back({level.price, quantity});
    left -= by_quote ? multiply(level.price, quantity) : quantity;
  }
  return taken;
}

Outcome<void> OrderDesk::check(const NewOrder& order, const Market& market) const {
  if (auto good = check_price(order, market.symbol()); !good) return good;
  if (auto good = check_quantity(order, market.symbol()); !good) return good;
  if (auto good = check_notional(order, market); !good) return good;
  std::size_t open_here = 0;
  for (const auto id : open_) {
    const Order& open = orders_.at(id);
    if (open.symbol != market.symbol().name) continue;
    ++open_here;
    if (!order.client_order_id.empty() && open.asked.client_order_id == order.client_order_id) {
      return refuse(-2010, "Duplicate order sent.");
    }
  }
  if (open_here >= kMaxOpenPerSymbol) return filter_failure("MAX_NUM_ORDERS");
  return {};
}

Outcome<Order> OrderDesk::place(NewOrder asked, const Market& market) {
  if (auto good = check(asked, market); !good) return std::unexpected(good.error());
  const Symbol& symbol = market.symbol();
  auto levels = crossing_levels(asked, market.book(Market::kBookLevels), symbol.step);
  if (asked.type == OrderType::LimitMaker && !levels.empty()) {
    return refuse(-2010, "Order would immediately match and take.");
  }
  if (asked.quote_quantity.units > 0) asked.quantity = total_quantity(levels);
  const bool incomplete = total_quantity(levels) < asked.quantity;
  if (asked.time_in_force == TimeInForce::Fok && incomplete) levels.clear();

  const Decimal cost =
      asked.type == OrderType::Market ? total_cost(asked, levels) : cover(asked, asked.quantity);
  if (!account_.lock(paying_asset(symbol, asked.side), cost)) return insufficient_balance();
  if (asked.client_order_id.empty()) asked.client_order_id = made_up_client_id(next_order_id_);

  Order order{.id = next_order_id_++,
              .symbol = symbol.name,
              .asked = std::move(asked),
              .created = market.now(),
              .updated = market.now(),
              .locked = cost};
  for (const Level& level : levels) execute(order, symbol, level, market.now(), false);
  const bool rests =
      order.asked.type != OrderType::Market && order.asked.time_in_force == TimeInForce::Gtc;
  if (order.is_open() && !rests) close(order, symbol, OrderStatus::Expired);
  if (order.is_open()) {
    // Bought below the limit: what the rest does not need is free again.
    const Decimal spare = order.locked - cover(order.asked, order.remaining());
    account_.unlock(paying_asset(symbol, order.asked.side), spare);
    order.locked -= spare;
    open_.insert(order.id);
  }
  orders_.emplace(order.id, order);
  forget_oldest();
  return order;
}

void OrderDesk::execute(Order& order, const Symbol& symbol, Level level, std::int64_t now,
                        bool maker) {
  const bool buy = order.asked.side == Side::Buy;
  const Decimal amount = multiply(level.price, level.quantity);
  const Decimal paid = buy ? amount : level.quantity;
  const Decimal bought = buy ? level.quantity : amount;
  const Decimal commission{bought.units / kCommissionDivisor};
  const std::string& received_asset = buy ? symbol.base : symbol.quote;

  account_.spend_locked(paying_asset(symbol, order.asked.side), paid);
  account_.receive(received_asset, bought - commission);
  order.locked -= paid;
  order.executed += level.quantity;
  order.executed_quote += amount;
  order.updated = now;
  order.status = OrderStatus::PartiallyFilled;
  order.fills.push_back({.trade_id = next_trade_id_++,
                         .order_id = order.id,
                         .time = now,
                         .symbol = symbol.name,
                         .side = order.asked.side,
                         .price = level.price,
                         .quantity = level.quantity,
                         .commission = commission,
                         .commission_asset = received_asset,
                         .maker = maker});
  fills_.push_back(order.fills.back());
  if (fills_.size() > kMaxFills) fills_.pop_front();
  if (order.remaining().units == 0) close(order, symbol, OrderStatus::Filled);
}

void OrderDesk::close(Order& order, const Symbol& symbol, OrderStatus status) {
  account_.unlock(paying_asset(symbol, order.asked.side), order.locked);
  order.locked = {};
  order.status = status;
  open_.erase(order.id);
}

void OrderDesk::match(const Market& market) {
  const Decimal bid = market.best_bid().price;
  const Decimal ask = market.best_ask().price;
  for (auto next = open_.begin(); next != open_.end();) {
    Order& order = orders_.at(*next++);  // moved on first: a fill erases the id
    if (order.symbol != market.symbol().name) continue;
    const bool crossed =
        order.asked.side == Side::Buy ? ask <= order.asked.price : bid >= order.asked.price;
    if (!crossed) continue;
    execute(order, market.symbol(), {order.asked.price, order.remaining()}, market.now(), true);
  }
}

void OrderDesk::forget_oldest() {
  auto oldest = orders_.begin();
  while (orders_.size() > kMaxOrders && oldest != orders_.end()) {
    oldest = oldest->second.is_open() ? std::next(oldest) : orders_.erase(oldest);
  }
}

Outcome<Order> OrderDesk::cancel(const Symbol& symbol, std::int64_t id, std::int64_t now) {
  const auto found = orders_.find(id);
  const bool open = found != orders_.end() && found->second.is_open();
  if (!open || found->second.symbol != symbol.name) return refuse(-2011, "Unknown order sent.");
  Order& order = found->second;
  close(order, symbol, OrderStatus::Canceled);
  order.updated = now;
  return order;
}

const Order* OrderDesk::find(std::string_view symbol, std::int64_t id,
                             std::string_view client_id) const {
  const auto fits = [&](const Order& order) {
    if (order.symbol != symbol) return false;
    return id != 0 ? order.id == id : order.asked.client_order_id == client_id;
  };
  if (id != 0) {
    const auto found = orders_.find(id);
    return found != orders_.end() && fits(found->second) ? &found->second : nullptr;
  }
  for (auto newest = orders_.rbegin(); newest != orders_.rend(); ++newest) {
    if (fits(newest->second)) return &newest->second;
  }
  return nullptr;
}

std::vector<Order> OrderDesk::orders(std::string_view symbol, bool only_open) const {
  std::vector<Order> result;
  for (const auto& [id, order] : orders_) {
    const bool wanted = symbol.empty() || order.symbol == symbol;
    if (wanted && (!only_open || order.is_open())) result.push_back(order);
  }
  return result;
}

}  // namespace apiforge::sim::exchange
