#include "app/allocator.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <memory>
#include <vector>

namespace apiforge::app {
namespace {

// Where a sanitizer is the allocator, there is nothing to count.
TEST(AllocatorTest, keeps_no_small_pieces_apart) {
  free_evenly();
  constexpr std::size_t kMoreThanAThreadKeeps = 1'000;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t i = 0; i < kMoreThanAThreadKeeps; ++i) {
    pieces.push_back(std::make_unique<char[]>(64));
  }
  pieces.clear();
  EXPECT_EQ(mallinfo2().fsmblks, 0u);
}

}  // namespace
}  // namespace apiforge::app
