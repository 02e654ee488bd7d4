#include "sim/exchange/order_desk.hpp"

#include <gtest/gtest.h>

namespace apiforge::sim::exchange {
namespace {

using namespace literals;

class OrderDeskTest : public testing::Test {
 protected:
  NewOrder limit(Side side, Decimal price, Decimal quantity) {
    return {.side = side, .type = OrderType::Limit, .price = price, .quantity = quantity};
  }
  NewOrder market_order(Side side, Decimal quantity) {
    return {.side = side, .type = OrderType::Market, .quantity = quantity};
  }
  Order place(const NewOrder& order) {
    auto placed = desk.place(order, market);
    EXPECT_TRUE(placed) << placed.error().message;
    return placed ? *placed : Order{};
  }
  int refusal_of(const NewOrder& order) {
    const auto placed = desk.place(order, market);
    return placed ? 0 : placed.error().code;
  }
  Balance balance(const std::string& asset) { return desk.account().balances().at(asset); }
  Decimal bid() { return market.best_bid().price; }
  Decimal ask() { return market.best_ask().price; }

  Market market{default_symbols()[0], 1, 1'700'000'000'000, 100};
  OrderDesk desk{Account(starting_balances())};
};

TEST_F(OrderDeskTest, AMarketOrderTakesTheLevelsOfTheBook) {
  const Order order = place(market_order(Side::Buy, 2_dec));
  EXPECT_EQ(order.status, OrderStatus::Filled);
  EXPECT_GT(order.fills.size(), 1U);
  EXPECT_EQ(order.fills.front().price, ask());
  EXPECT_EQ(balance("BTC").free, 12_dec - 0.002_dec) << "less a thousandth of commission";
  EXPECT_EQ(balance("USDT").free, 1'000'000_dec - order.executed_quote);
  EXPECT_EQ(balance("USDT").locked, Decimal{});
}

TEST_F(OrderDeskTest, AMarketOrderCanSpendAnAmount) {
  const Order order =
      place({.side = Side::Buy, .type = OrderType::Market, .quote_quantity = 100_dec});
  EXPECT_EQ(order.status, OrderStatus::Filled);
  EXPECT_LE(order.executed_quote, 100_dec);
  EXPECT_GT(order.executed_quote, 99_dec);
}

TEST_F(OrderDeskTest, ALimitOrderThatCrossesIsFilledAtOnceAndAtTheBetterPrice) {
  const Order order = place(limit(Side::Buy, ask() + 100_dec, 0.01_dec));
  EXPECT_EQ(order.status, OrderStatus::Filled);
  EXPECT_EQ(order.fills.front().price, ask());
  EXPECT_EQ(balance("USDT").locked, Decimal{});
  EXPECT_EQ(balance("USDT").free, 1'000'000_dec - order.executed_quote);
}

TEST_F(OrderDeskTest, ARestingOrderLocksWhatItMayCost) {
  const Order order = place(limit(Side::Buy, 50'000_dec, 2_dec));
  EXPECT_EQ(order.status, OrderStatus::New);
  EXPECT_EQ(balance("USDT").locked, 100'000_dec);
  EXPECT_EQ(balance("USDT").free, 900'000_dec);
}

TEST_F(OrderDeskTest, ARestingOrderIsFilledWhenThePriceCrossesIt) {
  const Decimal price = bid() - 2_dec;
  const Order order = place(limit(Side::Buy, price, 0.5_dec));
  for (int i = 0; i < 10'000 && ask() > price; ++i) {
    EXPECT_EQ(desk.find("BTCUSDT", order.id, "")->status, OrderStatus::New);
    market.step();
    desk.match(market);
  }
  const Order* filled = desk.find("BTCUSDT", order.id, "");
  EXPECT_EQ(filled->status, OrderStatus::Filled);
  EXPECT_EQ(filled->fills.front().price, price);
  EXPECT_TRUE(filled->fills.front().maker);
  EXPECT_EQ(balance("USDT").locked, Decimal{});
  EXPECT_EQ(balance("USDT").free, 1'000'000_dec - multiply(price, 0.5_dec));
}

TEST_F(OrderDeskTest, ALargeOrderFillsInPartAndRests) {
  const Order order = place(limit(Side::Sell, bid(), 9_dec));
  EXPECT_EQ(order.status, OrderStatus::PartiallyFilled);
  EXPECT_EQ(order.executed, order.fills.front().quantity);
  EXPECT_EQ(balance("BTC").locked, order.remaining());
}

TEST_F(OrderDeskTest, CancellingGivesBackWhatWasLocked) {
  const Order order = place(limit(Side::Sell, 90'000_dec, 3_dec));
  EXPECT_EQ(balance("BTC").locked, 3_dec);
  const auto cancelled = desk.cancel(market.symbol(), order.id, market.now());
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, OrderStatus::Canceled);
  EXPECT_EQ(balance("BTC").free, 10_dec);
  EXPECT_EQ(desk.cancel(market.symbol(), order.id, market.now()).error().code, -2011);
}

TEST_F(OrderDeskTest, ImmediateOrCancelDoesNotRest) {
  NewOrder order = limit(Side::Sell, bid(), 9_dec);
  order.time_in_force = TimeInForce::Ioc;
  EXPECT_EQ(place(order).status, OrderStatus::Expired);
  EXPECT_EQ(balance("BTC").locked, Decimal{});
}

TEST_F(OrderDeskTest, FillOrKillTakesAllOrNothing) {
  NewOrder order = limit(Side::Sell, bid(), 9_dec);
  order.time_in_force = TimeInForce::Fok;
  const Order killed = place(order);
  EXPECT_EQ(killed.status, OrderStatus::Expired);
  EXPECT_EQ(killed.executed, Decimal{});
  EXPECT_EQ(balance("BTC").free, 10_dec);
}

TEST_F(OrderDeskTest, AMakerOrderNeverTakes) {
  NewOrder order = limit(Side::Buy, ask(), 0.1_dec);
  order.type = OrderType::LimitMaker;
  EXPECT_EQ(refusal_of(order), -2010);
  order.price = bid();
  EXPECT_EQ(refusal_of(order), 0);
}

TEST_F(OrderDeskTest, RefusesWhatTheAccountCannotPay) {
  EXPECT_EQ(refusal_of(limit(Side::Buy, 60'000_dec, 17_dec)), -2010);
  EXPECT_EQ(refusal_of(market_order(Side::Sell, 11_dec)), -2010);
  EXPECT_EQ(balance("BTC").free, 10_dec);
}

TEST_F(OrderDeskTest, RefusesWhatTheFiltersForbid) {
  EXPECT_EQ(refusal_of(limit(Side::Buy, 60'000.005_dec, 1_dec)), -1013) << "tick";
  EXPECT_EQ(refusal_of(limit(Side::Buy, 60'000_dec, 0.000001_dec)), -1013) << "step";
  EXPECT_EQ(refusal_of(limit(Side::Buy, 60'000_dec, 0.00001_dec)), -1013) << "notional";
  EXPECT_EQ(refusal_of(market_order(Side::Buy, 9001_dec)), -1013) << "maximum";
}

TEST_F(OrderDeskTest, AClientOrderIdIsUniqueAmongOpenOrdersOnly) {
  NewOrder resting = limit(Side::Buy, 50'000_dec, 0.1_dec);
  resting.client_order_id = "mine";
  const Order first = place(resting);
  EXPECT_EQ(refusal_of(resting), -2010);
  ASSERT_TRUE(desk.cancel(market.symbol(), first.id, market.now()));
  const Order second = place(resting);
  EXPECT_EQ(desk.find("BTCUSDT", 0, "mine")->id, second.id) << "the newest of that name";
}

TEST_F(OrderDeskTest, NothingIsGainedOrLostButCommission) {
  for (int i = 0; i < 300; ++i) {
    const Side side = i % 2 == 0 ? Side::Buy : Side::Sell;
    NewOrder order = limit(side, side == Side::Buy ? ask() - 1_dec : bid() + 1_dec, 0.37_dec);
    ASSERT_EQ(refusal_of(order), 0);
    market.step();
    desk.match(market);
  }
  Decimal bitcoin = 10_dec;
  Decimal dollars = 1'000'000_dec;
  for (const Fill& fill : desk.fills()) {
    const Decimal amount = multiply(fill.price, fill.quantity);
    const bool buy = fill.side == Side::Buy;
    bitcoin += buy ? fill.quantity - fill.commission : Decimal{} - fill.quantity;
    dollars += buy ? Decimal{} - amount : amount - fill.commission;
  }
  EXPECT_GT(desk.fills().size(), 10U);
  EXPECT_EQ(balance("BTC").free + balance("BTC").locked, bitcoin);
  EXPECT_EQ(balance("USDT").free + balance("USDT").locked, dollars);
}

}  // namespace
}  // namespace apiforge::sim::exchange
