#include "policy/version_choice.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "policy/hash.hpp"

namespace apiforge::policy {
namespace {

std::array<int, 3> shares(const VersionChoice& choice, int callers) {
  std::array<int, 3> counts{};
  for (int i = 0; i < callers; ++i) {
    ++counts[choice.choose(hash_bytes("key:" + std::to_string(i)))];
  }
  return counts;
}

TEST(VersionChoiceTest, without_weights_there_is_nothing_to_choose_by) {
  EXPECT_FALSE(VersionChoice({}).is_weighted());
  EXPECT_FALSE(VersionChoice(std::array{0u, 0u}).is_weighted());
  EXPECT_TRUE(VersionChoice(std::array{0u, 1u}).is_weighted());
}

TEST(VersionChoiceTest, callers_are_shared_as_the_weights_say) {
  const VersionChoice choice(std::array{90u, 0u, 10u});
  const auto counts = shares(choice, 100'000);
  EXPECT_NEAR(counts[0], 90'000, 600);
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[2], 10'000, 600);
}

TEST(VersionChoiceTest, a_caller_stays_with_its_version) {
  const VersionChoice choice(std::array{500u, 500u});
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    const std::uint64_t hash = hash_pair(i, 7);
    EXPECT_EQ(choice.choose(hash), choice.choose(hash));
  }
}

TEST(VersionChoiceTest, callers_only_move_to_the_version_that_grows) {
  const VersionChoice before(std::array{95u, 5u});
  const VersionChoice after(std::array{75u, 25u});
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    const std::uint64_t hash = hash_pair(i, 3);
    if (before.choose(hash) == 1) {
      EXPECT_EQ(after.choose(hash), 1u);
    }
  }
}

TEST(VersionChoiceTest, the_ends_of_the_range_belong_to_the_outer_versions) {
  const VersionChoice choice(std::array{1u, 1'000u, 1u});
  EXPECT_EQ(choice.choose(0), 0u);
  EXPECT_EQ(choice.choose(UINT64_MAX), 2u);
  EXPECT_EQ(VersionChoice(std::array{0u, 5u}).choose(0), 1u);
  EXPECT_EQ(VersionChoice(std::array{5u, 0u}).choose(UINT64_MAX), 0u);
}

}  // namespace
}  // namespace apiforge::policy
