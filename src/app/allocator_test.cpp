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
  // What earlier threads have left apart in arenas of their own stays there.
  const std::size_t before = mallinfo2().fsmblks;
  constexpr std::size_t kMoreThanAThreadKeeps = 1'000;
  std::vector<std::unique_ptr<char[]>> pieces;
  for (std::size_t i = 0; i < kMoreThanAThreadKeeps; ++i) {
    pieces.push_back(std::make_unique<char[]>(64));
  }
  pieces.clear();
  EXPECT_LE(mallinfo2().fsmblks, before);
}

}  // namespace
}  // namespace apiforge::app
