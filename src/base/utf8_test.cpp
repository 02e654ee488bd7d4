#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace apiforge {
namespace {

TEST(Utf8, counts_characters_not_bytes) {
  EXPECT_EQ(utf8_length(""), 0u);
  EXPECT_EQ(utf8_length("abc"), 3u);
  EXPECT_EQ(utf8_length("网关"), 2u);
  EXPECT_EQ(utf8_length("\xF0\x9F\x94\x91"), 1u);
}

TEST(Utf8, accepts_the_borders_of_each_length) {
  for (const char* text : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(utf8_length(text), 1u) << text;
  }
}

TEST(Utf8, refuses_what_rfc_3629_refuses) {
  for (const char* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC2", "\xE2\x82", "\xC2 ", "a\xE2\x82"}) {
    EXPECT_EQ(utf8_length(text), std::nullopt);
  }
}

}  // namespace
}  // namespace apiforge
