#include "gateway/problem.hpp"

#include <gtest/gtest.h>

namespace apiforge::gateway {
namespace {

std::string as_json_text(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

TEST(JsonText, escapes_what_would_end_the_string) {
  EXPECT_EQ(as_json_text("a\"b\\c"), R"(a\"b\\c)");
  EXPECT_EQ(as_json_text(std::string_view("\n\r\t\x1f\0", 5)), R"(\u000a\u000d\u0009\u001f\u0000)");
  EXPECT_EQ(as_json_text("</script>"), "</script>");
}

TEST(JsonText, is_utf8_whatever_came_in) {
  EXPECT_EQ(as_json_text("\xff\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(ProblemBody, tells_code_status_and_request_id) {
  const Error error{ErrorCode::RouteNotFound, "no route matches", "for the log only"};
  const ErrorCodeInfo& info = error.info();
  EXPECT_EQ(problem_body(error, "id-1"),
            R"({"type":"about:blank","title":")" + std::string(info.title) + R"(","status":)" +
                std::to_string(info.status) + R"(,"detail":"no route matches","code":")" +
                std::string(info.name) + R"(","request_id":"id-1"})" + "\n");
}

TEST(ProblemBody, never_shows_the_context) {
  const Error error{ErrorCode::InternalError, "", "password=hunter2"};
  const std::string body = problem_body(error, "id");
  EXPECT_EQ(body.find("hunter2"), std::string::npos);
  EXPECT_EQ(body.find("detail"), std::string::npos);
}

TEST(ProblemMessage, is_a_whole_reply_that_ends_its_connection) {
  const Error error{ErrorCode::AmbiguousFraming, "two lengths", {}};
  const std::string message = problem_message(error, "-");
  const std::string body = problem_body(error, "-");
  EXPECT_TRUE(message.starts_with("HTTP/1.1 400 Bad Request\r\n")) << message;
  EXPECT_NE(message.find("Content-Type: application/problem+json\r\n"), std::string::npos);
  EXPECT_NE(message.find("Content-Length: " + std::to_string(body.size()) + "\r\n"),
            std::string::npos);
  EXPECT_NE(message.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(message.ends_with("\r\n\r\n" + body));
}

TEST(ProblemMessage, exists_for_every_error) {
  for (std::size_t i = 0; i < std::size(kErrorCodes); ++i) {
    const Error error{static_cast<ErrorCode>(i), "detail", {}};
    const std::string message = problem_message(error, "-");
    EXPECT_TRUE(message.starts_with("HTTP/1.1 " + std::to_string(error.info().status) + " "))
        << error.info().name;
  }
}

}  // namespace
}  // namespace apiforge::gateway
