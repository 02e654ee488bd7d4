#include "connectors/exchange/binance/security_class.hpp"

#include <gtest/gtest.h>

namespace apiforge::connectors::binance {
namespace {

TEST(SecurityClass, MarketDataIsPublic) {
  for (const std::string_view path :
       {"/api/v3/ping",    "/api/v3/time",          "/api/v3/exchangeInfo",
        "/api/v3/depth",   "/api/v3/trades",        "/api/v3/aggTrades",
        "/api/v3/klines",  "/api/v3/uiKlines",      "/api/v3/avgPrice",
        "/api/v3/ticker",  "/api/v3/ticker/24hr",   "/api/v3/ticker/bookTicker",
        "/api/v1/depth",   "/fapi/v1/premiumIndex", "/fapi/v2/ticker/price",
        "/dapi/v1/klines", "/eapi/v1/mark",         "/futures/data/openInterestHist",
        "/papi/v1/ping",   "/sapi/v1/system/status"}) {
    EXPECT_EQ(security_class("GET", path), SecurityClass::Public) << path;
  }
}

TEST(SecurityClass, OldTradesAndUserStreamsNeedTheKeyOnly) {
  EXPECT_EQ(security_class("GET", "/api/v3/historicalTrades"), SecurityClass::KeyOnly);
  EXPECT_EQ(security_class("GET", "/fapi/v1/historicalTrades"), SecurityClass::KeyOnly);
  EXPECT_EQ(security_class("POST", "/api/v3/userDataStream"), SecurityClass::KeyOnly);
  EXPECT_EQ(security_class("PUT", "/api/v3/userDataStream"), SecurityClass::KeyOnly);
  EXPECT_EQ(security_class("DELETE", "/sapi/v1/userDataStream/isolated"), SecurityClass::KeyOnly);
  EXPECT_EQ(security_class("POST", "/fapi/v1/listenKey"), SecurityClass::KeyOnly);
}

TEST(SecurityClass, EverythingElseIsSigned) {
  for (const std::string_view path : {"/api/v3/order",
                                      "/api/v3/order/test",
                                      "/api/v3/account",
                                      "/api/v3/openOrders",
                                      "/api/v3/myTrades",
                                      "/api/v3/rateLimit/order",
                                      "/sapi/v1/capital/config/getall",
                                      "/sapi/v1/system/status/x",
                                      "/fapi/v1/order",
                                      "/fapi/v3/account",
                                      "/dapi/v1/balance",
                                      "/api/v3/depths",
                                      "/api/v3/tickers",
                                      "/api/v3",
                                      "/api/v3/",
                                      "/api/depth",
                                      "/api/v/depth",
                                      "/apiv3/depth",
                                      "/",
                                      "",
                                      "/xapi/v3/depth",
                                      "/api/v3/depth/"}) {
    EXPECT_EQ(security_class("GET", path), SecurityClass::Signed) << path;
  }
}

TEST(SecurityClass, APrefixOfTheRouteOrTheEndpointDoesNotMatter) {
  EXPECT_EQ(security_class("GET", "/proxy/binance/api/v3/depth"), SecurityClass::Public);
  EXPECT_EQ(security_class("GET", "/api/api/v3/depth"), SecurityClass::Public);
  EXPECT_EQ(security_class("PUT", "/proxy/binance/fapi/v1/listenKey"), SecurityClass::KeyOnly);
  EXPECT_EQ(security_class("GET", "/proxy/binance/api/v3/account"), SecurityClass::Signed);
  EXPECT_EQ(security_class("GET", "/api/v3/account/api/v3/depth"), SecurityClass::Signed);
  EXPECT_EQ(security_class("GET", "/proxy/binance/futures/data/basis"), SecurityClass::Public);
  EXPECT_EQ(security_class("GET", "/api/v3/order/futures/data/"), SecurityClass::Signed);
  EXPECT_EQ(time_target("/proxy/binance/dapi/v1/order"), "/dapi/v1/time");
}

TEST(SecurityClass, AMethodThatChangesSomethingIsNeverPublic) {
  EXPECT_EQ(security_class("POST", "/api/v3/depth"), SecurityClass::Signed);
  EXPECT_EQ(security_class("DELETE", "/futures/data/x"), SecurityClass::Signed);
  EXPECT_EQ(security_class("HEAD", "/api/v3/ping"), SecurityClass::Public);
}

TEST(SecurityClass, EachProductTellsItsOwnTime) {
  EXPECT_EQ(time_target("/api/v3/order"), "/api/v3/time");
  EXPECT_EQ(time_target("/sapi/v1/asset/transfer"), "/api/v3/time");
  EXPECT_EQ(time_target("/fapi/v2/balance"), "/fapi/v1/time");
  EXPECT_EQ(time_target("/dapi/v1/order"), "/dapi/v1/time");
  EXPECT_EQ(time_target("/eapi/v1/order"), "/eapi/v1/time");
  EXPECT_EQ(time_target("/unknown"), "/api/v3/time");
}

}  // namespace
}  // namespace apiforge::connectors::binance
