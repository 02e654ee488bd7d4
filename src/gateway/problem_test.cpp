#include "gateway/problem.hpp"

#include <gtest/gtest.h>

namespace apiforge::gateway {
namespace {

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
