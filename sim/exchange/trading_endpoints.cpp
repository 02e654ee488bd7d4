#include "sim/exchange/trading_endpoints.hpp"

#include <boost/json.hpp>

#include "sim/exchange/order_form.hpp"
#include "sim/exchange/read_parameters.hpp"

namespace apiforge::sim::exchange {
namespace json = boost::json;

namespace {

std::string_view name_of(Side side) {
  return side == Side::Buy ? "BUY" : "SELL";
}

std::string_view name_of(OrderType type) {
  switch (type) {
    case OrderType::Limit:
      return "LIMIT";
    case OrderType::LimitMaker:
      return "LIMIT_MAKER";
    case OrderType::Market:
      return "MARKET";
  }
  return {};
}

std::string_view name_of(TimeInForce time_in_force) {
  switch (time_in_force) {
    case TimeInForce::Gtc:
      return "GTC";
    case TimeInForce::Ioc:
      return "IOC";
    case TimeInForce::Fok:
      return "FOK";
  }
  return {};
}

std::string_view name_of(OrderStatus status) {
  switch (status) {
    case OrderStatus::New:
      return "NEW";
    case OrderStatus::PartiallyFilled:
      return "PARTIALLY_FILLED";
    case OrderStatus::Filled:
      return "FILLED";
    case OrderStatus::Canceled:
      return "CANCELED";
    case OrderStatus::Expired:
      return "EXPIRED";
  }
  return {};
}

void add_state(json::object& object, const Order& order) {
  object["price"] = to_text(order.asked.price);
  object["origQty"] = to_text(order.asked.quantity);
  object["executedQty"] = to_text(order.executed);
  object["origQuoteOrderQty"] = to_text(order.asked.quote_quantity);
  object["cummulativeQuoteQty"] = to_text(order.executed_quote);
  object["status"] = name_of(order.status);
  object["timeInForce"] = name_of(order.asked.time_in_force);
  object["type"] = name_of(order.asked.type);
  object["side"] = name_of(order.asked.side);
  object["selfTradePreventionMode"] = "EXPIRE_MAKER";
}

json::object identity_of(const Order& order) {
  return {{"symbol", order.symbol},
          {"orderId", order.id},
          {"orderListId", -1},
          {"clientOrderId", order.asked.client_order_id}};
}

/// As GET /order and the lists show it.
json::object order_object(const Order& order) {
  json::object object = identity_of(order);
  add_state(object, order);
  object["stopPrice"] = to_text({});
  object["icebergQty"] = to_text({});
  object["time"] = order.created;
  object["updateTime"] = order.updated;
  object["isWorking"] = true;
  object["workingTime"] = order.created;
  return object;
}

json::object placed_object(const Order& order, ResponseType type) {
  json::object object = identity_of(order);
  object["transactTime"] = order.created;
  if (type == ResponseType::Ack) return object;
  add_state(object, order);
  object["workingTime"] = order.created;
  if (type == ResponseType::Result) return object;
  json::array fills;
  for (const Fill& fill : order.fills) {
    fills.push_back({{"price", to_text(fill.price)},
                     {"qty", to_text(fill.quantity)},
                     {"commission", to_text(fill.commission)},
                     {"commissionAsset", fill.commission_asset},
                     {"tradeId", fill.trade_id}});
  }
  object["fills"] = std::move(fills);
  return object;
}

/// The cancellation has a client order id of its own; the order's becomes the "original" one.
json::object cancelled_object(const Order& order, const Parameters& parameters) {
  json::object object = identity_of(order);
  object["origClientOrderId"] = order.asked.client_order_id;
  object["clientOrderId"] =
      std::string(parameters.find("newClientOrderId").value_or(order.asked.client_order_id));
  object["transactTime"] = order.updated;
  add_state(object, order);
  return object;
}

json::object fill_object(const Fill& fill) {
  return {{"symbol", fill.symbol},
          {"id", fill.trade_id},
          {"orderId", fill.order_id},
          {"orderListId", -1},
          {"price", to_text(fill.price)},
          {"qty", to_text(fill.quantity)},
          {"quoteQty", to_text(multiply(fill.price, fill.quantity))},
          {"commission", to_text(fill.commission)},
          {"commissionAsset", fill.commission_asset},
          {"time", fill.time},
          {"isBuyer", fill.side == Side::Buy},
          {"isMaker", fill.maker},
          {"isBestMatch", true}};
}

struct OrderName {
  const Market* market = nullptr;
  std::int64_t id = 0;
  std::string_view client_id;
};

Outcome<OrderName> read_order_name(const Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto id = read_integer(parameters, "orderId");
  if (!id) return std::unexpected(id.error());
  const auto client_id = parameters.find("origClientOrderId").value_or("");
  if (!*id && client_id.empty()) {
    return refuse(-1102,
                  "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!");
  }
  return OrderName{*market, id->value_or(0), client_id};
}

/// What lists are narrowed by; ids and times are inclusive.
struct ListRange {
  std::int64_t first_id = 0;
  std::int64_t from = 0;
  std::int64_t to = std::numeric_limits<std::int64_t>::max();
  std::size_t limit = 0;
};

Outcome<ListRange> read_range(const Parameters& parameters, std::string_view id_name) {
  ListRange range;
  for (const auto& [name, target] :
       {std::pair(id_name, &range.first_id), std::pair(std::string_view("startTime"), &range.from),
        std::pair(std::string_view("endTime"), &range.to)}) {
    const auto value = read_integer(parameters, name);
    if (!value) return std::unexpected(value.error());
    *target = value->value_or(*target);
  }
  const auto limit = read_limit(parameters, 500, 1000);
  if (!limit) return std::unexpected(limit.error());
  range.limit = *limit;
  return range;
}

/// Cuts to the limit: from the front when the range begins at an id, else keeping the newest.
std::string serialize_range(json::array list, const ListRange& range) {
  if (list.size() > range.limit) {
    const auto surplus = list.size() - range.limit;
    const auto first =
        range.first_id > 0 ? list.end() - static_cast<std::ptrdiff_t>(surplus) : list.begin();
    list.erase(first, first + static_cast<std::ptrdiff_t>(surplus));
  }
  return json::serialize(list);
}

}  // namespace

Outcome<std::string> account(Venue& venue, const Parameters& parameters) {
  const bool omit_zero = parameters.find("omitZeroBalances") == "true";
  json::array balances;
  for (const auto& [asset, balance] : venue.desk().account().balances()) {
    if (omit_zero && balance.free.units == 0 && balance.locked.units == 0) continue;
    balances.push_back(
        {{"asset", asset}, {"free", to_text(balance.free)}, {"locked", to_text(balance.locked)}});
  }
  return json::serialize(json::object{{"makerCommission", 10},
                                      {"takerCommission", 10},
                                      {"buyerCommission", 0},
                                      {"sellerCommission", 0},
                                      {"commissionRates",
                                       {{"maker", "0.00100000"},
                                        {"taker", "0.00100000"},
                                        {"buyer", "0.00000000"},
                                        {"seller", "0.00000000"}}},
                                      {"canTrade", true},
                                      {"canWithdraw", false},
                                      {"canDeposit", false},
                                      {"brokered", false},
                                      {"requireSelfTradePrevention", false},
                                      {"preventSor", false},
                                      {"updateTime", venue.server_time()},
                                      {"accountType", "SPOT"},
                                      {"balances", std::move(balances)},
                                      {"permissions", json::array{"SPOT"}},
                                      {"uid", 1}});
}

Outcome<std::string> place_order(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  auto form = read_order_form(parameters);
  if (!form) return std::unexpected(form.error());
  const auto order = venue.desk().place(std::move(form->order), **market);
  if (!order) return std::unexpected(order.error());
  return json::serialize(placed_object(*order, form->response_type));
}

Outcome<std::string> test_order(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto form = read_order_form(parameters);
  if (!form) return std::unexpected(form.error());
  if (auto good = venue.desk().check(form->order, **market); !good) {
    return std::unexpected(good.error());
  }
  return "{}";
}

Outcome<std::string> query_order(Venue& venue, const Parameters& parameters) {
  const auto name = read_order_name(venue, parameters);
  if (!name) return std::unexpected(name.error());
  const Order* order = venue.desk().find(name->market->symbol().name, name->id, name->client_id);
  if (!order) return refuse(-2013, "Order does not exist.");
  return json::serialize(order_object(*order));
}

Outcome<std::string> cancel_order(Venue& venue, const Parameters& parameters) {
  const auto name = read_order_name(venue, parameters);
  if (!name) return std::unexpected(name.error());
  const Symbol& symbol = name->market->symbol();
  const Order* found = venue.desk().find(symbol.name, name->id, name->client_id);
  if (!found) return refuse(-2011, "Unknown order sent.");
  const auto order = venue.desk().cancel(symbol, found->id, venue.server_time());
  if (!order) return std::unexpected(order.error());
  return json::serialize(cancelled_object(*order, parameters));
}

Outcome<std::string> open_orders(Venue& venue, const Parameters& parameters) {
  const auto market = read_optional_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto symbol = *market ? std::string_view((*market)->symbol().name) : std::string_view{};
  json::array list;
  for (const Order& order : venue.desk().orders(symbol, true)) list.push_back(order_object(order));
  return json::serialize(list);
}

Outcome<std::string> cancel_open_orders(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const Symbol& symbol = (*market)->symbol();
  json::array list;
  for (const Order& open : venue.desk().orders(symbol.name, true)) {
    const auto order = venue.desk().cancel(symbol, open.id, venue.server_time());
    if (order) list.push_back(cancelled_object(*order, {}));
  }
  if (list.empty()) return refuse(-2011, "Unknown order sent.");
  return json::serialize(list);
}

Outcome<std::string> all_orders(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto range = read_range(parameters, "orderId");
  if (!range) return std::unexpected(range.error());
  json::array list;
  for (const Order& order : venue.desk().orders((*market)->symbol().name, false)) {
    const bool wanted =
        order.id >= range->first_id && order.created >= range->from && order.created <= range->to;
    if (wanted) list.push_back(order_object(order));
  }
  return serialize_range(std::move(list), *range);
}

Outcome<std::string> my_trades(Venue& venue, const Parameters& parameters) {
  const auto market = read_market(venue, parameters);
  if (!market) return std::unexpected(market.error());
  const auto range = read_range(parameters, "fromId");
  if (!range) return std::unexpected(range.error());
  const auto order_id = read_integer(parameters, "orderId");
  if (!order_id) return std::unexpected(order_id.error());
  json::array list;
  for (const Fill& fill : venue.desk().fills()) {
    const bool wanted = fill.symbol == (*market)->symbol().name &&
                        fill.trade_id >= range->first_id && fill.time >= range->from &&
                        fill.time <= range->to && (!*order_id || fill.order_id == **order_id);
    if (wanted) list.push_back(fill_object(fill));
  }
  return serialize_range(std::move(list), *range);
}

}  // namespace apiforge::sim::exchange
