#include "quota/block_size.hpp"

#include <gtest/gtest.h>

namespace apiforge::quota {
namespace {

using model::LimitUnit;
using namespace std::chrono_literals;

BlockPlan plan(LimitUnit unit, std::int64_t amount, std::int64_t units = 1) {
  return plan_block({.unit = unit, .amount = amount}, units);
}

TEST(BlockSize, ABlockIsAHundredthOfTheAmount) {
  EXPECT_EQ(plan(LimitUnit::Requests, 5'000).block, 50);
  EXPECT_EQ(plan(LimitUnit::Requests, 5).block, 1);
}

TEST(BlockSize, ABlockIsBoundedByWhatItsUnitIsWorth) {
  constexpr std::int64_t kMuch = 1'000'000'000'000'000;
  EXPECT_EQ(plan(LimitUnit::Requests, kMuch).block, 10'000);
  EXPECT_EQ(plan(LimitUnit::Weight, kMuch).block, 10'000);
  EXPECT_EQ(plan(LimitUnit::Tokens, kMuch).block, 1'000'000);
  EXPECT_EQ(plan(LimitUnit::Usd, kMuch).block, kMuch / 100);
}

TEST(BlockSize, NeitherABlockNorAPieceIsLessThanWhatIsNeeded) {
  const BlockPlan costly = plan(LimitUnit::Requests, 1'000, 700);
  EXPECT_EQ(costly.block, 700);
  EXPECT_EQ(costly.piece, 700);
}

TEST(BlockSize, TheLastTwoBlocksAreTakenInPieces) {
  const BlockPlan large = plan(LimitUnit::Requests, 160'000);
  EXPECT_EQ(large.open_bound, 160'000 - 2 * 1'600);
  EXPECT_EQ(large.piece, 100);
  EXPECT_EQ(plan(LimitUnit::Requests, 1).open_bound, 0);
}

std::int64_t lease(std::int64_t amount, std::chrono::nanoseconds per, std::int64_t burst,
                   std::uint32_t nodes, std::int64_t units = 1) {
  return lease_units(policy::RateRule(model::LimitAlgorithm::Gcra, amount, per, burst), nodes,
                     units);
}

TEST(BlockSize, ALeaseIsWhatANodesShareBringsInATenthOfASecond) {
  EXPECT_EQ(lease(10'000, 1s, 10'000, 1), 1'000);
  EXPECT_EQ(lease(10'000, 1s, 10'000, 4), 250);
  EXPECT_EQ(lease(600, 60s, 600, 1), 1);
}

TEST(BlockSize, ALeaseIsATenthOfTheLimitAtMostAndWhatIsNeededAtLeast) {
  EXPECT_EQ(lease(10'000, 1s, 500, 1), 50);
  EXPECT_EQ(lease(10'000, 1s, 5, 1), 1);
  EXPECT_EQ(lease(10'000, 1s, 500, 1, 80), 80);
  EXPECT_EQ(lease(1'000'000'000'000'000, 1ms, 1'000'000'000'000'000, 1), 100'000'000'000'000);
  EXPECT_EQ(lease(10, 1s, 10, 0), 1) << "a number of nodes that is not known";
}

}  // namespace
}  // namespace apiforge::quota
