#include "policy/error_reply.hpp"

#include <gtest/gtest.h>

#include <string>

namespace apiforge::policy {
namespace {

const std::vector<model::ErrorReply> kErrorMessage{{.pointer = "/Error Message", .equals = {}}};
const std::vector<model::ErrorReply> kNotOk{{.pointer = "/status", .equals = R"("error")"},
                                            {.pointer = "/data/0/code", .equals = "17"}};

TEST(ErrorReply, a_member_that_is_there_makes_an_error) {
  EXPECT_TRUE(is_declared_error(kErrorMessage, 200, R"({"Error Message": "no such symbol"})"));
  EXPECT_TRUE(is_declared_error(kErrorMessage, 200, R"({"Error Message": null})"));
  EXPECT_FALSE(is_declared_error(kErrorMessage, 200, R"({"price": 1})"));
}

TEST(ErrorReply, a_value_that_is_declared_has_to_be_equal) {
  EXPECT_TRUE(is_declared_error(kNotOk, 200, R"({"status":"error"})"));
  EXPECT_TRUE(is_declared_error(kNotOk, 200, R"({"data":[{"code":17}]})"));
  EXPECT_FALSE(is_declared_error(kNotOk, 200, R"({"status":"ok"})"));
  EXPECT_FALSE(is_declared_error(kNotOk, 200, R"({"data":[{"code":"17"}]})")) << "a string";
}

TEST(ErrorReply, only_replies_that_say_success_are_looked_at) {
  EXPECT_FALSE(is_declared_error(kErrorMessage, 500, R"({"Error Message": "x"})"));
}

TEST(ErrorReply, what_is_no_json_is_no_declared_error) {
  for (const auto* body : {"", "Error Message", "{", R"({"Error Message": "x"} trailing)"}) {
    EXPECT_FALSE(is_declared_error(kErrorMessage, 200, body)) << body;
  }
}

TEST(ErrorReply, large_bodies_are_not_looked_at) {
  const std::string filler(kMaxJudgedReply, ' ');
  EXPECT_FALSE(is_declared_error(kErrorMessage, 200, R"({"Error Message": "x"})" + filler));
}

TEST(ErrorReply, nothing_declared_means_no_error) {
  EXPECT_FALSE(is_declared_error({}, 200, R"({"Error Message": "x"})"));
}

}  // namespace
}  // namespace apiforge::policy
