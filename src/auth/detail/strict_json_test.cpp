#include "auth/detail/strict_json.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace apiforge::auth {
namespace {

TEST(StrictJson, GivesMembersOfAllTypes) {
  const auto json = StrictJson::parse(
      R"( {"text":"a\u00e9\n","integer":-7,"real":1.5,"yes":true,"no":null,"list":["a","b"]} )");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->text_of("text"), "a\u00e9\n");
  EXPECT_EQ(json->integer_of("integer"), -7);
  EXPECT_FALSE(json->integer_of("real"));
  EXPECT_FALSE(json->integer_of("text"));
  EXPECT_FALSE(json->text_of("integer"));
  EXPECT_FALSE(json->text_of("absent"));
  EXPECT_TRUE(json->member("yes")->boolean);
  std::vector<std::string> elements;
  json->for_each_in(*json->member("list"),
                    [&](const auto& node) { elements.emplace_back(json->text(node)); });
  EXPECT_EQ(elements, (std::vector<std::string>{"a", "b"}));
}

TEST(StrictJson, IsWalkedByPointers) {
  const auto json = StrictJson::parse(R"({"a":{"b/c":{"d":"here"}},"b/c":"not here"})");
  ASSERT_TRUE(json);
  const auto* const found = json->at("/a/b~1c/d");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(json->text(*found), "here");
  EXPECT_EQ(json->at("/a/d"), nullptr);
  EXPECT_EQ(json->at("/b~1c/d"), nullptr);
}

TEST(StrictJson, RefusesAMemberNamedTwiceInOneObject) {
  EXPECT_FALSE(StrictJson::parse(R"({"a":1,"a":1})"));
  EXPECT_FALSE(StrictJson::parse(R"({"a":1,"\u0061":2})"));
  EXPECT_FALSE(StrictJson::parse(R"({"o":{"a":1,"b":[{}],"a":2}})"));
  EXPECT_FALSE(StrictJson::parse(R"({"":1,"":2})"));
  EXPECT_TRUE(StrictJson::parse(R"({"a":{"a":1},"b":{"a":1},"l":[{"a":1},{"a":1}]})"));
}

TEST(StrictJson, RefusesWhatIsNoObjectOrMoreThanOne) {
  for (const auto* text :
       {"", " ", "1", "\"a\"", "[]", "null", "{}{}", "{} x", "{", "{\"a\":1,}", "{/**/}", "{'a':1}",
        "{\"a\":01}", "{\"a\":NaN}", "{\"a\":\"\xFF\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}"}) {
    EXPECT_FALSE(StrictJson::parse(text)) << text;
  }
}

TEST(StrictJson, IsBoundedInDepthAndNumber) {
  const auto nested = [](std::size_t depth) {
    return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(StrictJson::parse(nested(StrictJson::kMaxDepth)));
  EXPECT_FALSE(StrictJson::parse(nested(StrictJson::kMaxDepth + 1)));
  EXPECT_TRUE(StrictJson::parse(R"({"a":[1,2,3]})", 5));
  EXPECT_FALSE(StrictJson::parse(R"({"a":[1,2,3,4]})", 5));
}

TEST(StrictJson, KeepsLongTextsWhole) {
  const std::string text(10'000, 'x');
  const auto json = StrictJson::parse("{\"" + text + "\":\"\\n" + text + "\"}");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->text_of(text), "\n" + text);
}

}  // namespace
}  // namespace apiforge::auth
