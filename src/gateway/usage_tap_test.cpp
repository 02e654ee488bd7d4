#include "gateway/usage_tap.hpp"

#include <gtest/gtest.h>

namespace apiforge::gateway {
namespace {

using Form = UsageTap::Form;

class UsageTapTest : public testing::Test {
 protected:
  std::optional<std::int64_t> used(std::string_view body, std::string_view pointer,
                                   Form form = Form::Json) {
    const auto place = policy::parse_json_path(pointer);
    EXPECT_TRUE(place);
    UsageTap whole(*place, form);
    whole.add(body);
    const auto result = whole.used();
    // It must not matter how the body is cut into pieces.
    UsageTap by_bytes(*place, form);
    for (const char& byte : body) by_bytes.add({&byte, 1});
    EXPECT_EQ(by_bytes.used(), result);
    return result;
  }
  std::optional<std::int64_t> used_in_stream(std::string_view body) {
    return used(body, "/usage/total_tokens", Form::EventStream);
  }
};

TEST_F(UsageTapTest, finds_the_number_at_its_place) {
  EXPECT_EQ(
      used(R"({"id": "x", "usage": {"prompt": 3, "total_tokens": 42}})", "/usage/total_tokens"),
      42);
  EXPECT_EQ(used(R"( [ 1, {"a/b": 7} ] )", "/1/a~1b"), 7);
}

TEST_F(UsageTapTest, finds_nothing_where_there_is_no_such_number) {
  for (const std::string_view body :
       {"", "null", "42", R"({"usage": 5})", R"({"usage": {"total_tokens": "42"}})",
        R"({"usage": {"total_tokens": -1}})", R"({"usage": {"total_tokens": 1.5}})",
        R"({"usage": {"total_tokens": 99999999999999999999}})", R"({"usage": {"total_tokens": 4)",
        R"([{"usage": {"total_tokens": 42}}])"}) {
    EXPECT_EQ(used(body, "/usage/total_tokens"), std::nullopt) << body;
  }
}

TEST_F(UsageTapTest, takes_the_last_event_that_tells) {
  EXPECT_EQ(used_in_stream("data: {\"usage\": {\"total_tokens\": 1}}\n\n"
                           "event: chunk\ndata: {\"choices\": []}\n\n"
                           "data: {\"usage\": {\"total_tokens\": 17}}\r\n\r\n"
                           "data: {\"usage\": null}\n\n"
                           "data: [DONE]\n\n"),
            17);
}

TEST_F(UsageTapTest, reads_an_event_of_several_lines_and_one_without_an_end) {
  EXPECT_EQ(used_in_stream("data: {\"usage\":\rdata: {\"total_tokens\": 9}}\r\r"), 9);
  EXPECT_EQ(used_in_stream("data: {\"usage\": {\"total_tokens\": 8}}"), 8);
  EXPECT_EQ(used_in_stream(": a comment\n\nid: 5\n\n"), std::nullopt);
}

TEST_F(UsageTapTest, looks_at_no_body_that_is_too_long) {
  const std::string long_text(UsageTap::kMaxText, 'x');
  EXPECT_EQ(used("{\"pad\": \"" + long_text + "\", \"n\": 4}", "/n"), std::nullopt);
}

TEST_F(UsageTapTest, skips_an_event_that_is_too_long_and_reads_the_next) {
  const std::string long_text(UsageTap::kMaxText + 1, 'x');
  EXPECT_EQ(
      used_in_stream("data: " + long_text + "\n\ndata: {\"usage\": {\"total_tokens\": 6}}\n\n"), 6);
}

}  // namespace
}  // namespace apiforge::gateway
