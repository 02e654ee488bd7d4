#include "events/zmq/command.hpp"

#include <gmock/gmock.h>

#include "base/rfc3339.hpp"

namespace apiforge::events {
namespace {

using testing::HasSubstr;

void expect_command(std::string_view text, const Command& expected) {
  const auto command = parse_command(text);
  ASSERT_TRUE(command) << command.error().detail;
  EXPECT_EQ(*command, expected);
}

void expect_refusal(std::string_view text, ErrorCode code, std::string_view detail) {
  const auto command = parse_command(text);
  ASSERT_FALSE(command) << text;
  EXPECT_EQ(command.error().code, code);
  EXPECT_THAT(command.error().detail, HasSubstr(detail));
}

TEST(CommandTest, is_an_object_that_names_it) {
  expect_command(R"({"command":"ping"})", {.type = CommandType::Ping});
  expect_command(R"({"command":"reload"})", {.type = CommandType::Reload});
  expect_command(R"({"command":"breaker.open","api":"binance"})",
                 {.type = CommandType::OpenBreaker, .api = "binance"});
  expect_command(R"({"command":"breaker.close","api":"binance","version":"v3"})",
                 {.type = CommandType::CloseBreaker, .api = "binance", .version = "v3"});
  expect_command(R"({"api":"binance","command":"breaker.reset"})",
                 {.type = CommandType::ResetBreaker, .api = "binance"});
}

TEST(CommandTest, silences_a_rule_until_a_time_or_ends_the_silence) {
  expect_command(R"({"command":"alerts.silence","rule":"errors","until":"2026-01-31T08:00:00Z"})",
                 {.type = CommandType::SilenceAlerts,
                  .rule = "errors",
                  .until = parse_rfc3339("2026-01-31T08:00:00Z")});
  expect_command(R"({"command":"alerts.silence","rule":"errors","until":null})",
                 {.type = CommandType::SilenceAlerts, .rule = "errors"});
}

TEST(CommandTest, names_what_is_wrong) {
  expect_refusal("", ErrorCode::MalformedRequest, "JSON object");
  expect_refusal("[]", ErrorCode::MalformedRequest, "JSON object");
  expect_refusal(R"({"command":"ping")", ErrorCode::MalformedRequest, "JSON object");
  expect_refusal("{\"command\":\"p\xff\"}", ErrorCode::MalformedRequest, "JSON object");
  expect_refusal("{}", ErrorCode::InvalidBody, "'command' is missing");
  expect_refusal(R"({"command":7})", ErrorCode::InvalidBody, "'command' must be a text");
  expect_refusal(R"({"command":"breaker.opn"})", ErrorCode::InvalidBody,
                 "did you mean 'breaker.open'");
  expect_refusal(R"({"command":"ping","api":"x"})", ErrorCode::InvalidBody,
                 "ping has no member 'api'");
  expect_refusal(R"({"command":"breaker.open"})", ErrorCode::InvalidBody, "'api' is missing");
  expect_refusal(R"({"command":"breaker.open","api":""})", ErrorCode::InvalidBody, "'api' must be");
  expect_refusal(R"({"command":"breaker.open","api":"x","version":null})", ErrorCode::InvalidBody,
                 "'version' must be");
  expect_refusal(R"({"command":"alerts.silence","rule":"x"})", ErrorCode::InvalidBody,
                 "'until' is missing");
  expect_refusal(R"({"command":"alerts.silence","rule":"x","until":"tomorrow"})",
                 ErrorCode::InvalidBody, "'until' must be null or a time");
}

TEST(CommandTest, has_bounds) {
  const std::string long_name(kMaxCommandTextBytes + 1, 'x');
  expect_refusal(R"({"command":"breaker.open","api":")" + long_name + "\"}", ErrorCode::InvalidBody,
                 "1 to 256 bytes");
  expect_refusal(std::string(kMaxCommandBytes + 1, ' '), ErrorCode::MalformedRequest,
                 "16384 bytes");
  expect_refusal(std::string(10'000, '['), ErrorCode::MalformedRequest, "JSON object");
}

TEST(CommandTest, is_answered_in_json) {
  EXPECT_EQ(reply_to({}), R"({"ok":true})");
  EXPECT_EQ(reply_to(fail(ErrorCode::NotFound, "no API \"x\"")),
            R"({"ok":false,"code":"not_found","error":"no API \"x\""})");
  EXPECT_EQ(reply_to(fail(ErrorCode::TooBusy)),
            R"({"ok":false,"code":"too_busy","error":"The gateway has too much to do"})");
}

}  // namespace
}  // namespace apiforge::events
