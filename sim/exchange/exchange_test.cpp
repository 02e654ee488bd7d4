#include "sim/exchange/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace apiforge::sim::exchange {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using testing::HasSubstr;

class ExchangeTest : public testing::Test {
 protected:
  Reply call(std::string method, const std::string& target, std::string key = {}) {
    const auto question = target.find('?');
    Request request{
        .method = std::move(method), .target = target, .path = target.substr(0, question)};
    if (question != std::string::npos) request.query = target.substr(question + 1);
    if (!key.empty()) request.headers.push_back({"X-MBX-APIKEY", std::move(key)});
    return exchange.reply(request);
  }
  Reply get(const std::string& target) { return call("GET", target); }
  Reply signed_call(const std::string& method, const std::string& path, std::string query = {}) {
    if (!query.empty()) query += '&';
    query += "timestamp=" + std::to_string(unix_milliseconds(clock.wall()));
    const auto signature = hmac_sha256_hex("sim-secret", query);
    return call(method, path + "?" + query + "&signature=" + signature, "sim-key");
  }
  static json::value body_of(const Reply& reply) { return json::parse(reply.body); }
  static std::int64_t code_of(const Reply& reply) {
    return body_of(reply).as_object().at("code").as_int64();
  }
  static std::string header_of(const Reply& reply, std::string_view name) {
    for (const Header& header : reply.headers) {
      if (header.name == name) return header.value;
    }
    return {};
  }

  SimulatedClock clock;
  Exchange exchange{clock, {}};
};

TEST_F(ExchangeTest, AnswersEveryReplyWithTheWeightThatIsUsed) {
  EXPECT_EQ(header_of(get("/api/v3/ping"), "X-MBX-USED-WEIGHT-1M"), "1");
  EXPECT_EQ(header_of(get("/api/v3/depth?symbol=BTCUSDT&limit=5000"), "X-MBX-USED-WEIGHT-1M"),
            "251");
  EXPECT_EQ(header_of(get("/api/v3/depth?symbol=NOPE"), "X-MBX-USED-WEIGHT-1M"), "256");
  EXPECT_EQ(header_of(get("/api/v3/ticker/24hr"), "X-MBX-USED-WEIGHT-1M"), "336");
}

TEST_F(ExchangeTest, LimitsThenBans) {
  for (int i = 0; i < 24; ++i) get("/api/v3/depth?symbol=BTCUSDT&limit=5000");
  const Reply limited = get("/api/v3/ping");
  EXPECT_EQ(limited.status, 429U);
  EXPECT_EQ(code_of(limited), -1003);
  EXPECT_EQ(header_of(limited, "Retry-After"), "40") << "the clock stands at second 20";
  for (int i = 0; i < 9; ++i) EXPECT_EQ(get("/api/v3/ping").status, 429U);
  const Reply banned = get("/api/v3/ping");
  EXPECT_EQ(banned.status, 418U);
  EXPECT_EQ(header_of(banned, "Retry-After"), "120");
  clock.advance(121s);
  EXPECT_EQ(get("/api/v3/ping").status, 200U);
}

TEST_F(ExchangeTest, RefusesWrongSymbolsAndIntervals) {
  EXPECT_EQ(code_of(get("/api/v3/depth")), -1102);
  EXPECT_EQ(code_of(get("/api/v3/depth?symbol=NOPE")), -1121);
  EXPECT_EQ(code_of(get("/api/v3/depth?symbol=btcusdt")), -1100);
  EXPECT_EQ(code_of(get("/api/v3/klines?symbol=BTCUSDT&interval=2m")), -1120);
  EXPECT_EQ(get("/api/v3/nothing").status, 404U);
}

TEST_F(ExchangeTest, WritesNumbersAsBinanceDoes) {
  const json::value book = body_of(get("/api/v3/depth?symbol=BTCUSDT&limit=5"));
  EXPECT_EQ(book.at("bids").as_array().size(), 5U);
  EXPECT_THAT(std::string(book.at("bids").at(0).at(0).as_string()),
              testing::MatchesRegex("[0-9]+\\.[0-9]{8}"));
  EXPECT_EQ(body_of(get("/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=3")).as_array().size(),
            3U);
}

TEST_F(ExchangeTest, OneTickerIsAnObjectAndSeveralAreAList) {
  EXPECT_TRUE(body_of(get("/api/v3/ticker/price?symbol=BTCUSDT")).is_object());
  EXPECT_EQ(body_of(get("/api/v3/ticker/price?symbols=%5B%22BTCUSDT%22,%22LTCBTC%22%5D"))
                .as_array()
                .size(),
            2U);
  EXPECT_TRUE(body_of(get("/api/v3/ticker/bookTicker")).is_array());
}

TEST_F(ExchangeTest, DemandsKeySignatureAndTime) {
  EXPECT_EQ(code_of(call("GET", "/api/v3/account")), -2014);
  EXPECT_EQ(code_of(call("GET", "/api/v3/account", "other")), -2015);
  EXPECT_EQ(code_of(call("GET", "/api/v3/account", "sim-key")), -1102);
  const Reply ok = signed_call("GET", "/api/v3/account");
  EXPECT_EQ(ok.status, 200U);
  EXPECT_THAT(ok.body, HasSubstr(R"({"asset":"USDT","free":"1000000.00000000")"));
}

TEST_F(ExchangeTest, ASkewedClockRefusesHonestTimestamps) {
  Exchange ahead(clock, {.venue = {.clock_skew = 6000ms}});
  const std::string query = "timestamp=" + std::to_string(unix_milliseconds(clock.wall()));
  Request request{.method = "GET", .path = "/api/v3/account"};
  request.query = query + "&signature=" + hmac_sha256_hex("sim-secret", query);
  request.headers.push_back({"X-MBX-APIKEY", "sim-key"});
  EXPECT_EQ(code_of(ahead.reply(request)), -1021);
}

TEST_F(ExchangeTest, AnOrderLivesFromPlacingToCancelling) {
  const Reply placed = signed_call("POST", "/api/v3/order",
                                   "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0."
                                   "1&price=50000&newClientOrderId=a1");
  ASSERT_EQ(placed.status, 200U) << placed.body;
  EXPECT_EQ(header_of(placed, "X-MBX-ORDER-COUNT-10S"), "1");
  EXPECT_EQ(body_of(placed).at("status"), "NEW");
  EXPECT_TRUE(body_of(placed).at("fills").as_array().empty());

  const std::string name = "symbol=BTCUSDT&origClientOrderId=a1";
  EXPECT_EQ(body_of(signed_call("GET", "/api/v3/order", name)).at("origQty"), "0.10000000");
  EXPECT_EQ(body_of(signed_call("GET", "/api/v3/openOrders")).as_array().size(), 1U);
  EXPECT_EQ(body_of(signed_call("DELETE", "/api/v3/order", name)).at("status"), "CANCELED");
  EXPECT_EQ(code_of(signed_call("DELETE", "/api/v3/order", name)), -2011);
  EXPECT_EQ(code_of(signed_call("DELETE", "/api/v3/openOrders", "symbol=BTCUSDT")), -2011);
  EXPECT_EQ(body_of(signed_call("GET", "/api/v3/allOrders", "symbol=BTCUSDT")).as_array().size(),
            1U);
  EXPECT_EQ(code_of(signed_call("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=77")), -2013);
}

TEST_F(ExchangeTest, ARestingOrderFillsAsTimePasses) {
  const auto book = body_of(get("/api/v3/ticker/bookTicker?symbol=BTCUSDT"));
  const Decimal bid = *parse_decimal(std::string_view(book.at("bidPrice").as_string()));
  const std::string price = to_text(bid - Decimal{Decimal::kOne}, 2);
  ASSERT_EQ(
      signed_call("POST", "/api/v3/order",
                  "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=" + price)
          .status,
      200U);
  clock.advance(1h);
  const auto order = body_of(signed_call("GET", "/api/v3/order", "symbol=BTCUSDT&orderId=1"));
  EXPECT_EQ(order.at("status"), "FILLED");
  EXPECT_EQ(body_of(signed_call("GET", "/api/v3/myTrades", "symbol=BTCUSDT")).as_array().size(),
            1U);
}

TEST_F(ExchangeTest, ATestOrderIsCheckedAndForgotten) {
  const std::string good = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1";
  EXPECT_EQ(signed_call("POST", "/api/v3/order/test", good).body, "{}");
  EXPECT_EQ(code_of(signed_call("POST", "/api/v3/order/test", good + "&price=1")), -1106);
  EXPECT_EQ(body_of(signed_call("GET", "/api/v3/allOrders", "symbol=BTCUSDT")).as_array().size(),
            0U);
}

TEST_F(ExchangeTest, NamesWhatIsWrongWithAnOrderForm) {
  const std::pair<std::string, int> forms[] = {
      {"side=BUY&type=MARKET", -1102},
      {"side=HOLD&type=MARKET&quantity=1", -1117},
      {"side=BUY&type=STOP_LOSS&quantity=1", -1116},
      {"side=BUY&type=LIMIT&quantity=1&price=1&timeInForce=DAY", -1115},
      {"side=BUY&type=LIMIT&quantity=1&price=1", -1102},
      {"side=BUY&type=MARKET&quantity=abc", -1100},
      {"side=BUY&type=MARKET&quantity=1.123456789", -1111},
      {"side=BUY&type=MARKET&quantity=1&newClientOrderId=no%20spaces", -1100},
      {"side=BUY&type=LIMIT&quantity=1&price=1.001&timeInForce=GTC", -1013},
  };
  for (const auto& [form, code] : forms) {
    EXPECT_EQ(code_of(signed_call("POST", "/api/v3/order", "symbol=BTCUSDT&" + form)), code)
        << form;
  }
}

TEST_F(ExchangeTest, OrdersAreCountedAndLimited) {
  Exchange strict(clock, {.venue = {.limits = {.orders_per_10_seconds = 1}}});
  const std::string query = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01&timestamp=" +
                            std::to_string(unix_milliseconds(clock.wall()));
  Request request{.method = "POST", .path = "/api/v3/order"};
  request.body = query + "&signature=" + hmac_sha256_hex("sim-secret", query);
  request.headers.push_back({"X-MBX-APIKEY", "sim-key"});
  EXPECT_EQ(strict.reply(request).status, 200U);
  const Reply refused = strict.reply(request);
  EXPECT_EQ(refused.status, 429U);
  EXPECT_EQ(code_of(refused), -1015);
  EXPECT_EQ(header_of(refused, "X-MBX-ORDER-COUNT-10S"), "");
}

TEST_F(ExchangeTest, ResetGivesBackTheStart) {
  signed_call("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1");
  exchange.reset();
  EXPECT_THAT(signed_call("GET", "/api/v3/account").body,
              HasSubstr(R"({"asset":"BTC","free":"10.00000000")"));
  EXPECT_EQ(header_of(get("/api/v3/ping"), "X-MBX-USED-WEIGHT-1M"), "21");
}

}  // namespace
}  // namespace apiforge::sim::exchange
