#include "policy/hash.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <string>

namespace apiforge::policy {
namespace {

TEST(Hash, never_changes_between_runs_and_nodes) {
  // Consistent hashing on several nodes rests on these values.
  const std::uint64_t empty = hash_bytes("");
  const std::uint64_t text = hash_bytes("http://0.example.com");
  EXPECT_EQ(empty, 0x832ff0d450935050);
  EXPECT_EQ(text, 0xa4a0d81d79080187);
}

TEST(Hash, tells_similar_texts_apart) {
  std::set<std::uint64_t> seen;
  std::string text;
  for (int i = 0; i < 40; ++i, text += '\0') EXPECT_TRUE(seen.insert(hash_bytes(text)).second);
  for (int i = 0; i < 100'000; ++i) {
    EXPECT_TRUE(seen.insert(hash_bytes("api-" + std::to_string(i))).second) << i;
  }
  EXPECT_NE(hash_bytes("a", 1), hash_bytes("a", 2));
  EXPECT_NE(hash_pair(1, 2), hash_pair(2, 1));
}

TEST(Hash, flips_half_of_the_bits_for_each_bit_of_input) {
  const std::string text = "/proxy/binance/api/v3";
  const std::uint64_t before = hash_bytes(text);
  int flipped = 0;
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    std::string changed = text;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    flipped += std::popcount(before ^ hash_bytes(changed));
  }
  EXPECT_NEAR(flipped / static_cast<double>(text.size() * 8), 32, 2);
}

}  // namespace
}  // namespace apiforge::policy
