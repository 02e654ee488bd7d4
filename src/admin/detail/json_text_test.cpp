#include "admin/detail/json_text.hpp"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace apiforge::admin {
namespace {

std::string detail_of(std::string_view text) {
  const auto value = parse_json(text);
  if (value) return "valid";
  EXPECT_EQ(value.error().code, ErrorCode::MalformedRequest);
  return value.error().detail;
}

std::string form(std::string_view text) {
  const auto value = parse_form(text);
  return value ? boost::json::serialize(*value) : value.error().detail;
}

TEST(JsonText, is_parsed_with_its_members_in_order) {
  const auto value = parse_json(R"( {"b":[1,-2,3.5,null,true],"a":{"\u0062":"x\ny"}} )");
  ASSERT_TRUE(value);
  EXPECT_EQ(boost::json::serialize(*value), R"({"b":[1,-2,3.5E0,null,true],"a":{"b":"x\ny"}})");
}

TEST(JsonText, tells_line_and_column_of_a_fault) {
  EXPECT_EQ(detail_of("{\"a\":}").substr(0, 46), "the body is not valid JSON: line 1, column 6: ");
  EXPECT_NE(detail_of("{\n  \"a\": 1,\n  b: 2\n}").find("line 3, column 3"), std::string::npos);
  EXPECT_NE(detail_of("").find("line 1, column 1"), std::string::npos);
}

TEST(JsonText, refuses_a_name_that_stands_twice_in_one_object) {
  EXPECT_NE(detail_of(R"({"a":1,"a":2})").find("twice"), std::string::npos);
  EXPECT_NE(detail_of(R"({"a":1,"\u0061":2})").find("twice"), std::string::npos);
  EXPECT_NE(detail_of(R"([{"x":{"a":1,"b":[],"a":2}}])").find("twice"), std::string::npos);
  EXPECT_EQ(detail_of(R"({"a":{"a":1},"b":{"a":2}})"), "valid");
}

TEST(JsonText, is_bounded_in_depth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(detail_of(nested(kMaxJsonDepth)), "valid");
  EXPECT_NE(detail_of(nested(kMaxJsonDepth + 1)).find("32 levels"), std::string::npos);
  EXPECT_NE(detail_of(std::string(100'000, '[')).find("32 levels"), std::string::npos);
}

TEST(JsonText, refuses_what_is_no_json) {
  for (const char* text : {"{} {}", "{\"a\":1,}", "[1 2]", "nul", "'a'", "\"\xFF\"", "\"\\ud800\"",
                           "01", "// c\n1", "\xEF\xBB\xBF{}", "\"a\tb\""}) {
    EXPECT_NE(detail_of(text), "valid") << text;
  }
}

TEST(FormText, becomes_an_object_of_texts) {
  EXPECT_EQ(form("username=ada%40example.com&password=a+b%2B"),
            R"({"username":"ada@example.com","password":"a b+"})");
  EXPECT_EQ(form(""), "{}");
}

TEST(FormText, refuses_what_can_be_read_in_two_ways) {
  EXPECT_EQ(form("a=1&%61=2"), "a name stands twice in the form");
  EXPECT_EQ(form("a=%zz"), "the form is not UTF-8 in percent-encoding");
  EXPECT_EQ(form("a=%FF"), "the form is not UTF-8 in percent-encoding");
}

}  // namespace
}  // namespace apiforge::admin
