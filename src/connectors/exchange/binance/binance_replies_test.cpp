// What the connector learns from replies: the exchange's time and the use of its limits.
#include <gmock/gmock.h>

#include "connectors/exchange/binance/binance_fixture.hpp"
#include "connectors/exchange/binance/reply_body.hpp"

namespace apiforge::connectors {

bool operator==(const UsageReading& a, const UsageReading& b) {
  return a.gauge == b.gauge && a.window == b.window && a.value == b.value;
}
void PrintTo(const UsageReading& reading, std::ostream* out) {
  *out << reading.gauge << ' ' << reading.window << ' ' << reading.value;
}

namespace binance {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view kOrderTarget = "/api/v3/order";
constexpr std::string_view kTooOld =
    R"({"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."})";

class BinanceClockTest : public BinanceTest {
 protected:
  bool is_query_due(std::string_view target = kOrderTarget) {
    return connector_->clock_query_due(target, local_.now()).has_value();
  }

  /// The exchange answers a time query, 20 ms there and 20 ms back, being ahead of us by `skew`.
  void exchange_tells_time(std::chrono::milliseconds skew) {
    const WallTime sent = local_.wall();
    local_.advance(20ms);
    const std::int64_t server = unix_milliseconds(local_.wall() + skew);
    local_.advance(20ms);
    connector_->learn_clock("{\"serverTime\":" + std::to_string(server) + "}", sent, local_.wall(),
                            local_.now());
  }

  std::int64_t stamp() {
    send("GET", std::string(kOrderTarget));
    return std::stoll(std::string(find_pair(query_of(target_), "timestamp").value_or("0")));
  }
};

TEST_F(BinanceClockTest, ATimestampFollowsTheExchangesClockAndErrsOnThePast) {
  exchange_tells_time(-7'000ms);
  const std::int64_t exchange = unix_milliseconds(local_.wall()) - 7'000;
  EXPECT_LE(stamp(), exchange);
  EXPECT_GE(stamp(), exchange - 40);
}

TEST_F(BinanceClockTest, TheTimeIsAskedOnceBeforeTheFirstSignedCall) {
  EXPECT_FALSE(is_query_due("/api/v3/depth?symbol=A"));
  EXPECT_FALSE(is_query_due("/api/v3/userDataStream"));
  const auto query = connector_->clock_query_due("/api/v3/order?symbol=A", local_.now());
  ASSERT_TRUE(query);
  EXPECT_EQ(query->target, "/api/v3/time");
  EXPECT_FALSE(is_query_due()) << "the others go on meanwhile";
  exchange_tells_time(0ms);
  EXPECT_FALSE(is_query_due());
  local_.advance(5min + 1s);
  EXPECT_TRUE(is_query_due());
}

TEST_F(BinanceClockTest, FuturesAreAskedForTheirOwnTime) {
  EXPECT_EQ(connector_->clock_query_due("/fapi/v1/order", local_.now())->target, "/fapi/v1/time");
}

TEST_F(BinanceClockTest, ARefusedTimestampAsksForTheTimeAndAnotherAttempt) {
  EXPECT_TRUE(is_query_due());
  exchange_tells_time(0ms);
  local_.advance(10s);
  ASSERT_TRUE(connector_->wants_error_body(400));
  EXPECT_EQ(connector_->judge(400, kTooOld), ReplyVerdict::SyncClockAndRetry);
  EXPECT_TRUE(is_query_due());
  EXPECT_FALSE(is_query_due());
  exchange_tells_time(30'000ms);
  EXPECT_NEAR(static_cast<double>(stamp()),
              static_cast<double>(unix_milliseconds(local_.wall()) + 30'000), 40.0);
  EXPECT_FALSE(is_query_due());
}

TEST_F(BinanceClockTest, EveryOtherReplyPasses) {
  const std::string deep(10'000, '[');
  for (const std::string_view body :
       {R"({"code":-1022,"msg":"Signature for this request is not valid."})", "", "{}", "[]",
        "null", "-1021", R"({"code":"-1021"})", R"({"code":-1021)", R"({"msg":{"code":-1021}})",
        R"({"code":-1021.0})", R"([{"code":-1021}])", "<html>-1021</html>", "\xff\xfe",
        deep.c_str()}) {
    EXPECT_EQ(connector_->judge(400, body), ReplyVerdict::Pass) << body.substr(0, 60);
  }
  EXPECT_EQ(connector_->judge(500, kTooOld), ReplyVerdict::Pass);
  for (const int status : {200, 401, 403, 418, 429, 500, 503}) {
    EXPECT_FALSE(connector_->wants_error_body(status));
  }
}

TEST_F(BinanceClockTest, AnAnswerThatIsNoTimeIsNotLearned) {
  for (const std::string_view body :
       {"", "{}", R"({"serverTime":0})", R"({"serverTime":-1})",
        R"({"serverTime":"1499827319559"})", R"({"serverTime":9223372036854775807})",
        R"({"serverTime":1499827319})", R"({"servertime":1499827319559})", "<html></html>"}) {
    connector_->learn_clock(body, local_.wall(), local_.wall() + 1ms, local_.now());
    EXPECT_EQ(stamp(), unix_milliseconds(local_.wall())) << body;
  }
}

TEST_F(BinanceTest, TheUseOfLimitsIsReadFromReplies) {
  EXPECT_THAT(connector_->usage(), IsEmpty());
  const std::vector<net::Field> fields{
      {"Content-Type", "application/json"}, {"x-mbx-uuid", "5"},
      {"X-MBX-USED-WEIGHT", "13"},          {"X-MBX-USED-WEIGHT-1M", "12"},
      {"x-mbx-order-count-10s", "1"},       {"X-MBX-ORDER-COUNT-1D", "160000"},
      {"X-SAPI-USED-IP-WEIGHT-1M", "7"},    {"X-SAPI-USED-UID-WEIGHT-1M", "8"}};
  net::ResponseHead reply;
  reply.fields = fields;
  connector_->observe_reply(reply);
  EXPECT_THAT(connector_->usage(), UnorderedElementsAre(UsageReading{"used_weight", "1m", 12},
                                                        UsageReading{"order_count", "10s", 1},
                                                        UsageReading{"order_count", "1d", 160'000},
                                                        UsageReading{"sapi_ip_weight", "1m", 7},
                                                        UsageReading{"sapi_uid_weight", "1m", 8}));
}

TEST_F(BinanceTest, FieldsThatSayNothingSoundAreIgnored) {
  const std::vector<net::Field> fields{{"X-MBX-USED-WEIGHT-1M", "-1"},
                                       {"X-MBX-USED-WEIGHT-1M", "many"},
                                       {"X-MBX-USED-WEIGHT-1M", ""},
                                       {"X-MBX-USED-WEIGHT-1M", "18446744073709551615"},
                                       {"X-MBX-USED-WEIGHT-", "1"},
                                       {"X-MBX-USED-WEIGHT-99Z", "1"},
                                       {"X-MBX-USED-WEIGHT-1Mx", "1"},
                                       {"X-", "1"},
                                       {"", ""}};
  net::ResponseHead reply;
  reply.fields = fields;
  connector_->observe_reply(reply);
  EXPECT_THAT(connector_->usage(), IsEmpty());
}

}  // namespace
}  // namespace binance
}  // namespace apiforge::connectors
