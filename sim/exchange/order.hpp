// NewOrder, Order and Fill: what a trader asks for, what became of it, and each part of it that was
// executed. Values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/decimal.hpp"

namespace apiforge::sim::exchange {

enum class Side { Buy, Sell };
enum class OrderType { Limit, LimitMaker, Market };
enum class TimeInForce { Gtc, Ioc, Fok };
enum class OrderStatus { New, PartiallyFilled, Filled, Canceled, Expired };

struct NewOrder {
  Side side = Side::Buy;
  OrderType type = OrderType::Limit;
  TimeInForce time_in_force = TimeInForce::Gtc;
  Decimal price{};                ///< not for Market
  Decimal quantity{};             ///< zero when `quote_quantity` says how much
  Decimal quote_quantity{};       ///< Market only: how much of the quote asset to spend or to earn
  std::string client_order_id{};  ///< empty: the exchange chooses one
};

struct Fill {
  std::int64_t trade_id = 0;
  std::int64_t order_id = 0;
  std::int64_t time = 0;
  std::string symbol{};
  Side side = Side::Buy;
  Decimal price{};
  Decimal quantity{};
  Decimal commission{};
  std::string commission_asset{};
  bool maker = false;
};

struct Order {
  std::int64_t id = 0;
  std::string symbol{};
  NewOrder asked{};
  OrderStatus status = OrderStatus::New;
  Decimal executed{};
  Decimal executed_quote{};
  std::int64_t created = 0;  ///< Unix milliseconds
  std::int64_t updated = 0;
  Decimal locked{};  ///< what it still holds of the account
  std::vector<Fill> fills{};

  bool is_open() const {
    return status == OrderStatus::New || status == OrderStatus::PartiallyFilled;
  }
  Decimal remaining() const { return asked.quantity - executed; }
};

}  // namespace apiforge::sim::exchange
