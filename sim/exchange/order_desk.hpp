// OrderDesk: takes the trader's orders, executes them against the moving market and keeps the
// account in step. An order that crosses is filled at once from the levels of the book; a rest
// waits until the price crosses it and is then filled whole, at its own price. Owned by the
// Exchange; its thread only.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string_view>

#include "sim/exchange/account.hpp"
#include "sim/exchange/market.hpp"
#include "sim/exchange/order.hpp"
#include "sim/exchange/refusal.hpp"

namespace apiforge::sim::exchange {

class OrderDesk {
 public:
  static constexpr std::size_t kMaxOpenPerSymbol = 200;
  /// Closed orders and fills beyond these are forgotten, the oldest first.
  static constexpr std::size_t kMaxOrders = 10'000;
  static constexpr std::size_t kMaxFills = 10'000;

  explicit OrderDesk(Account account) : account_(std::move(account)) {}

  /// What place() would refuse, but for the balance: the filters of the symbol (-1013) and a client
  /// order id that is taken by an open order (-2010).
  Outcome<void> check(const NewOrder& order, const Market& market) const;
  /// Also refuses (-2010) what the account cannot pay and a LimitMaker that would take.
  Outcome<Order> place(NewOrder order, const Market& market);
  /// Fills what the market has crossed; to be called after each of its steps.
  void match(const Market& market);
  /// Refuses (-2011) what is not open in that symbol.
  Outcome<Order> cancel(const Symbol& symbol, std::int64_t id, std::int64_t now);

  /// By id or, when that is zero, by client order id (the newest of that name); null when unknown.
  const Order* find(std::string_view symbol, std::int64_t id, std::string_view client_id) const;
  /// In the order of their ids. An empty symbol stands for all.
  std::vector<Order> orders(std::string_view symbol, bool only_open) const;
  const std::deque<Fill>& fills() const { return fills_; }
  const Account& account() const { return account_; }

 private:
  void execute(Order& order, const Symbol& symbol, Level level, std::int64_t now, bool maker);
  void close(Order& order, const Symbol& symbol, OrderStatus status);
  void forget_oldest();

  Account account_;
  std::map<std::int64_t, Order> orders_;
  std::set<std::int64_t> open_;
  std::deque<Fill> fills_;
  std::int64_t next_order_id_ = 1;
  std::int64_t next_trade_id_ = 1;
};

/// What `order` would take from `book` at once: levels with the quantity taken of each.
std::vector<Level> crossing_levels(const NewOrder& order, const Book& book, Decimal step);

}  // namespace apiforge::sim::exchange
