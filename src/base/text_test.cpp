#include "base/text.hpp"

#include <gtest/gtest.h>

namespace apiforge {
namespace {

TEST(PathPrefix, holds_whole_segments) {
  EXPECT_TRUE(is_at_or_below("/orders", "/orders"));
  EXPECT_TRUE(is_at_or_below("/orders/", "/orders"));
  EXPECT_TRUE(is_at_or_below("/orders/1", "/orders"));
  EXPECT_FALSE(is_at_or_below("/ordersheet", "/orders"));
  EXPECT_FALSE(is_at_or_below("/order", "/orders"));
  EXPECT_FALSE(is_at_or_below("/v1/orders", "/orders"));
}

TEST(PathPrefix, means_the_same_with_a_slash_at_its_end) {
  EXPECT_TRUE(is_at_or_below("/orders", "/orders/"));
  EXPECT_TRUE(is_at_or_below("/orders/1", "/orders/"));
  EXPECT_FALSE(is_at_or_below("/ordersheet", "/orders/"));
}

TEST(PathPrefix, that_is_the_root_holds_everything) {
  for (const std::string_view prefix : {"/", ""}) {
    EXPECT_TRUE(is_at_or_below("/", prefix));
    EXPECT_TRUE(is_at_or_below("/orders", prefix));
    EXPECT_TRUE(is_at_or_below("*", prefix)) << "of OPTIONS";
  }
}

TEST(AppendAll, puts_the_pieces_behind_what_is_there) {
  std::string text = "GET ";
  append_all(text, {"/orders", std::string_view(), " HTTP/1.1", "\r\n"});
  EXPECT_EQ(text, "GET /orders HTTP/1.1\r\n");
  append_all(text, {});
  EXPECT_EQ(text, "GET /orders HTTP/1.1\r\n");
}

TEST(AppendAll, makes_room_for_more_than_there_was) {
  const std::string large(10'000, 'x');
  std::string text;
  for (int i = 0; i < 3; ++i) append_all(text, {large, "-"});
  EXPECT_EQ(text, large + "-" + large + "-" + large + "-");
}

}  // namespace
}  // namespace apiforge
