#include "shared_state/redis/node_count.hpp"

#include <gtest/gtest.h>

namespace apiforge::shared_state {
namespace {

NodeCount after(std::initializer_list<std::uint32_t> beats) {
  NodeCount count;
  for (const std::uint32_t nodes : beats) count.counted(nodes);
  return count;
}

TEST(NodeCountTest, is_unknown_until_the_others_can_know_of_this_node) {
  EXPECT_EQ(after({}).known(), 0U);
  EXPECT_EQ(after({3}).known(), 0U);
  EXPECT_EQ(after({3, 3}).known(), 3U);
  EXPECT_EQ(after({}).likely(), 1U);
  EXPECT_EQ(after({3}).likely(), 3U);
}

TEST(NodeCountTest, grows_at_once) {
  EXPECT_EQ(after({2, 2, 5}).known(), 5U);
}

TEST(NodeCountTest, shrinks_only_when_fewer_are_seen_for_three_beats) {
  EXPECT_EQ(after({4, 4, 1, 2}).known(), 4U);
  EXPECT_EQ(after({4, 4, 1, 2, 2}).known(), 2U);
  EXPECT_EQ(after({4, 4, 1, 1, 4, 1, 1}).known(), 4U);
}

}  // namespace
}  // namespace apiforge::shared_state
