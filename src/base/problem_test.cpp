#include "base/problem.hpp"

#include <gtest/gtest.h>

#include <array>

namespace apiforge {
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
  EXPECT_EQ(as_json_text("网\xE7\xBD"), "网\xEF\xBF\xBD\xEF\xBF\xBD");
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

TEST(ProblemBody, of_a_limit_has_the_registered_type_and_names_it) {
  const std::string body = problem_body({ErrorCode::QuotaExceeded, {}, {}}, "id", {}, "orders");
  EXPECT_TRUE(body.starts_with(
      R"({"type":"https://iana.org/assignments/http-problem-types#quota-exceeded",)"))
      << body;
  EXPECT_TRUE(body.ends_with(R"(,"violated-policies":["orders"]})"
                             "\n"))
      << body;
}

TEST(ProblemBody, of_overload_has_the_registered_type) {
  for (const ErrorCode code :
       {ErrorCode::LoadShed, ErrorCode::BreakerOpen, ErrorCode::QuotaUnavailable}) {
    EXPECT_NE(problem_body({code, {}, {}}, "id").find("#temporary-reduced-capacity\""),
              std::string::npos);
  }
}

TEST(ProblemBody, lists_each_fault_with_its_pointer) {
  const std::array<BodyFault, 2> faults{{{"/name", "is missing"}, {"/a~1\"b", "is not known"}}};
  const std::string body = problem_body({ErrorCode::InvalidBody, {}, {}}, "id", faults);
  EXPECT_TRUE(body.ends_with(R"(,"errors":[{"pointer":"/name","message":"is missing"},)"
                             R"({"pointer":"/a~1\"b","message":"is not known"}]})"
                             "\n"))
      << body;
}

}  // namespace
}  // namespace apiforge
