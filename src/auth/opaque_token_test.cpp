#include "auth/opaque_token.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace apiforge::auth {
namespace {

bool is_alphanumeric(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; });
}

TEST(OpaqueToken, IdsAreLettersAndDigitsOfTheLengthAskedFor) {
  EXPECT_EQ(make_id().size(), 20U);
  EXPECT_EQ(make_id(7).size(), 7U);
  EXPECT_TRUE(is_alphanumeric(make_id(500)));
}

TEST(OpaqueToken, TokensHaveTheirPrefixAnd256Bits) {
  const auto token = make_opaque_token("afr_");
  EXPECT_TRUE(token.reveal().starts_with("afr_"));
  EXPECT_EQ(token.reveal().size(), 47U);
  EXPECT_TRUE(is_alphanumeric(token.reveal().substr(4)));
}

TEST(OpaqueToken, NoneComesTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(make_id());
  EXPECT_EQ(seen.size(), 10'000U);
}

// With a remainder in place of a fair draw, eight digits would come a quarter more often.
TEST(OpaqueToken, EachDigitComesAsOftenAsAnyOther) {
  constexpr int kOfEach = 10'000;
  std::array<int, 128> counts{};
  for (const char c : make_id(62 * kOfEach)) ++counts[static_cast<unsigned char>(c)];
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (counts[c] == 0) continue;
    EXPECT_NEAR(counts[c], kOfEach, 700) << static_cast<char>(c);  // seven standard deviations
  }
}

}  // namespace
}  // namespace apiforge::auth
