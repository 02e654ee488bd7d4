#include "sim/exchange/order_form.hpp"

#include <fmt/format.h>

#include <array>

namespace apiforge::sim::exchange {
namespace {

constexpr std::size_t kMaxClientIdLength = 36;

template <class T, std::size_t N>
using Names = std::array<std::pair<std::string_view, T>, N>;

constexpr Names<Side, 2> kSides{{{"BUY", Side::Buy}, {"SELL", Side::Sell}}};
constexpr Names<OrderType, 3> kTypes{{{"LIMIT", OrderType::Limit},
                                      {"LIMIT_MAKER", OrderType::LimitMaker},
                                      {"MARKET", OrderType::Market}}};
constexpr Names<TimeInForce, 3> kTimesInForce{
    {{"GTC", TimeInForce::Gtc}, {"IOC", TimeInForce::Ioc}, {"FOK", TimeInForce::Fok}}};
constexpr Names<ResponseType, 3> kResponseTypes{
    {{"ACK", ResponseType::Ack}, {"RESULT", ResponseType::Result}, {"FULL", ResponseType::Full}}};

/// A mandatory parameter that is one of `names`; `code` and `message` when it is another.
template <class T, std::size_t N>
Outcome<T> read_named(const Parameters& parameters, std::string_view name, const Names<T, N>& names,
                      int code, std::string_view message) {
  const auto text = parameters.find(name).value_or("");
  if (text.empty()) return missing_parameter(name);
  for (const auto& [known, value] : names) {
    if (text == known) return value;
  }
  return refuse(code, std::string(message));
}

/// Zero when the parameter is not there.
Outcome<Decimal> read_amount(const Parameters& parameters, std::string_view name) {
  const auto text = parameters.find(name);
  if (!text) return Decimal{};
  const auto amount = parse_decimal(*text);
  if (amount) return *amount;
  if (amount.error() == DecimalFault::TooPrecise) {
    return refuse(-1111, fmt::format("Parameter '{}' has too much precision.", name));
  }
  return illegal_characters(name, "^([0-9]{1,20})(\\.[0-9]{1,20})?$");
}

Outcome<void> read_amounts(const Parameters& parameters, NewOrder& order) {
  for (const auto& [name, target] :
       {std::pair("price", &order.price), std::pair("quantity", &order.quantity),
        std::pair("quoteOrderQty", &order.quote_quantity)}) {
    auto amount = read_amount(parameters, name);
    if (!amount) return std::unexpected(amount.error());
    *target = *amount;
  }
  return {};
}

bool is_client_id(std::string_view text) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".:/_-").find(c) != std::string_view::npos;
  };
  if (text.empty() || text.size() > kMaxClientIdLength) return false;
  for (const char c : text) {
    if (!legal(c)) return false;
  }
  return true;
}

/// Which parameters each type of order must have, and which it must not have.
Outcome<void> check_presence(const Parameters& parameters, OrderType type) {
  const auto has = [&](std::string_view name) { return parameters.find(name).has_value(); };
  if (type != OrderType::Limit && has("timeInForce")) {
    return refuse(-1106, "Parameter 'timeInForce' sent when not required.");
  }
  if (type == OrderType::Market) {
    if (has("price")) return refuse(-1106, "Parameter 'price' sent when not required.");
    if (has("quantity") && has("quoteOrderQty")) {
      return refuse(-1106, "Parameter 'quoteOrderQty' sent when not required.");
    }
    if (!has("quantity") && !has("quoteOrderQty")) return missing_parameter("quantity");
    return {};
  }
  if (has("quoteOrderQty")) {
    return refuse(-1106, "Parameter 'quoteOrderQty' sent when not required.");
  }
  if (type == OrderType::Limit && !has("timeInForce")) return missing_parameter("timeInForce");
  if (!has("quantity")) return missing_parameter("quantity");
  if (!has("price")) return missing_parameter("price");
  return {};
}

}  // namespace

Outcome<OrderForm> read_order_form(const Parameters& parameters) {
  OrderForm form;
  NewOrder& order = form.order;
  const auto side = read_named(parameters, "side", kSides, -1117, "Invalid side.");
  if (!side) return std::unexpected(side.error());
  const auto type = read_named(parameters, "type", kTypes, -1116, "Invalid orderType.");
  if (!type) return std::unexpected(type.error());
  order.side = *side;
  order.type = *type;
  if (auto good = check_presence(parameters, *type); !good) return std::unexpected(good.error());
  if (*type == OrderType::Limit) {
    const auto time_in_force =
        read_named(parameters, "timeInForce", kTimesInForce, -1115, "Invalid timeInForce.");
    if (!time_in_force) return std::unexpected(time_in_force.error());
    order.time_in_force = *time_in_force;
  }
  if (auto good = read_amounts(parameters, order); !good) return std::unexpected(good.error());
  if (const auto id = parameters.find("newClientOrderId")) {
    if (!is_client_id(*id)) {
      return illegal_characters("newClientOrderId", "^[a-zA-Z0-9-_.:/]{1,36}$");
    }
    order.client_order_id = *id;
  }
  if (parameters.find("newOrderRespType")) {
    const auto response_type = read_named(parameters, "newOrderRespType", kResponseTypes, -1100,
                                          "Illegal value of parameter 'newOrderRespType'.");
    if (!response_type) return std::unexpected(response_type.error());
    form.response_type = *response_type;
  }
  return form;
}

}  // namespace apiforge::sim::exchange
