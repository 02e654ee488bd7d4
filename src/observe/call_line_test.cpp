#include "observe/call_line.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>
#include <string>

namespace apiforge::observe {
namespace {

const ErrorCodeInfo& info(ErrorCode code) {
  return kErrorCodes[static_cast<std::size_t>(code)];
}

class CallLine : public testing::Test {
 protected:
  CallLine() {
    call.api = "binance";
    call.version = "v3";
    call.method = "GET";
    call.status = 200;
    call.path = "/api/v3/time";
    call.latency_ns = 1'234'567;
    call.upstream_ns = 1'200'000;
    call.attempts = 1;
    call.request_id = "r-1";
    call.bytes_out = 84;
    call.endpoint = "https://api.example.com";
    call.client = "10.0.0.7";
  }

  std::string line(LineFormat format = LineFormat::Text) {
    std::string text(kMaxCallLine, '\0');
    const WallTime now{std::chrono::milliseconds(1'795'341'600'123)};
    const char* const end = append_call_line(text.data(), call, now, stamp, format);
    text.resize(static_cast<std::size_t>(end - text.data()));
    return text;
  }
  std::string word(std::size_t number) {
    std::istringstream words(line());
    std::string result;
    while (number-- > 0) words >> result;
    return result;
  }

  CallRecord call;
  LineStamp stamp;
};

TEST_F(CallLine, shows_all_that_is_known) {
  EXPECT_EQ(
      line(),
      "2026-11-22 10:00:00.123 INFO API_CALL binance status=200 method=GET path=/api/v3/time "
      "latency_ms=1.234 tenant=- key=- attempts=1 request_id=r-1 upstream_ms=1.200 "
      "bytes_in=0 bytes_out=84 endpoint=https://api.example.com client=10.0.0.7 version=v3\n");
}

TEST_F(CallLine, names_the_limit_and_the_priority_at_its_end) {
  call.limited = "orders";
  call.priority = "cancel";
  EXPECT_TRUE(line().ends_with(" version=v3 limited=orders priority=cancel\n")) << line();
  const auto object = boost::json::parse(line(LineFormat::Json)).as_object();
  EXPECT_EQ(object.at("limited"), "orders");
  EXPECT_EQ(object.at("priority"), "cancel");
}

TEST_F(CallLine, says_nothing_of_the_usual_priority) {
  call.priority = "data";
  EXPECT_EQ(line().find("priority"), std::string::npos);
}

TEST_F(CallLine, has_the_api_as_its_fifth_word) {
  EXPECT_EQ(word(4), "API_CALL");
  EXPECT_EQ(word(5), "binance");
  call.api = "slow-service";
  EXPECT_EQ(word(5), "slow-service");
  call.api = "";
  EXPECT_EQ(word(5), "-");
}

TEST_F(CallLine, says_slow_only_of_slow_calls) {
  call.path = "/slow";
  EXPECT_EQ(line().find("slow"), std::string::npos);
  call.slow = true;
  EXPECT_EQ(word(3), "WARNING");
  EXPECT_NE(line().find(" slow=true\n"), std::string::npos);
}

TEST_F(CallLine, says_error_when_the_upstream_or_the_gateway_failed) {
  call.status = 504;
  call.slow = true;
  call.error = &info(ErrorCode::UpstreamTimeout);
  EXPECT_EQ(word(3), "ERROR");
  EXPECT_NE(line().find(" error=upstream_timeout source=upstream slow=true\n"), std::string::npos);
}

TEST_F(CallLine, says_error_of_a_5xx_that_the_upstream_itself_sent) {
  call.status = 503;
  EXPECT_EQ(word(3), "ERROR");
}

TEST_F(CallLine, is_informational_when_the_caller_is_at_fault) {
  call.status = 404;
  call.error = &info(ErrorCode::RouteNotFound);
  EXPECT_EQ(word(3), "INFO");
  EXPECT_NE(line().find(" error=route_not_found source=caller"), std::string::npos);
}

TEST_F(CallLine, cannot_be_forged_by_what_a_caller_sends) {
  const std::string hostile = "/x status=500 slow=true\n2026-11-22 10:00:00.123 ERROR API_CALL y";
  call.path = call.method = call.request_id = call.tenant = call.key = hostile;
  call.client = call.endpoint = call.version = hostile;
  const std::string text = line();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(std::count(text.begin(), text.end(), '='), 14);
  for (const auto* marker : {"slow", "ERROR", "status=500"}) {
    EXPECT_EQ(text.find(marker), std::string::npos) << marker;
  }
}

TEST_F(CallLine, is_one_json_object_when_asked) {
  call.path = "/a \"quoted\"\npath";
  call.slow = true;
  call.error = &info(ErrorCode::UpstreamBroke);
  const auto object = boost::json::parse(line(LineFormat::Json)).as_object();
  EXPECT_EQ(object.at("time").as_string(), "2026-11-22T10:00:00.123Z");
  EXPECT_EQ(object.at("level").as_string(), "ERROR");
  EXPECT_EQ(object.at("event").as_string(), "API_CALL");
  EXPECT_EQ(object.at("api").as_string(), "binance");
  EXPECT_EQ(object.at("status").as_int64(), 200);
  EXPECT_EQ(object.at("path").as_string(), "/a \"quoted\"\npath");
  EXPECT_DOUBLE_EQ(object.at("latency_ms").as_double(), 1.234);
  EXPECT_TRUE(object.at("tenant").is_null());
  EXPECT_EQ(object.at("error").as_string(), "upstream_broke");
  EXPECT_EQ(object.at("source").as_string(), "upstream");
  EXPECT_TRUE(object.at("slow").as_bool());
}

TEST_F(CallLine, fits_into_its_room_when_everything_is_as_long_and_hostile_as_can_be) {
  const std::string hostile(10'000, '\x01');
  call.api = call.version = call.method = call.path = call.tenant = call.key = hostile;
  call.request_id = call.endpoint = call.client = hostile;
  call.latency_ns = call.upstream_ns = call.bytes_in = call.bytes_out = ~0ull;
  call.attempts = ~0u;
  call.slow = true;
  call.error = &info(ErrorCode::UpstreamNameUnresolved);
  EXPECT_LE(line().size(), kMaxCallLine);
  EXPECT_LE(line(LineFormat::Json).size(), kMaxCallLine);
}

}  // namespace
}  // namespace apiforge::observe
