#include "base/nearest_name.hpp"

#include <gtest/gtest.h>

#include <array>

namespace apiforge {
namespace {

constexpr std::array<std::string_view, 4> kMembers{"timeout_ms", "idle_timeout_ms", "retry", "tls"};

TEST(NearestName, FindsSwappedMissingAndExtraLetters) {
  EXPECT_EQ(nearest_name("tiemout_ms", kMembers), "timeout_ms");
  EXPECT_EQ(nearest_name("timout_ms", kMembers), "timeout_ms");
  EXPECT_EQ(nearest_name("retrys", kMembers), "retry");
}

TEST(NearestName, IgnoresCase) {
  EXPECT_EQ(nearest_name("TLS", kMembers), "tls");
}

TEST(NearestName, SuggestsNothingForANameUnlikeAll) {
  EXPECT_EQ(nearest_name("colour", kMembers), std::nullopt);
  EXPECT_EQ(nearest_name("", kMembers), std::nullopt);
  EXPECT_EQ(nearest_name(std::string(100'000, 'x'), kMembers), std::nullopt);
}

TEST(NearestName, MakesTheEndOfASentence) {
  EXPECT_EQ(did_you_mean("retyr", kMembers), "; did you mean 'retry'?");
  EXPECT_EQ(did_you_mean("colour", kMembers), "");
}

}  // namespace
}  // namespace apiforge
