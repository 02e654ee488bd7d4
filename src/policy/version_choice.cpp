#include "policy/version_choice.hpp"

#include <algorithm>

namespace apiforge::policy {

VersionChoice::VersionChoice(std::span<const std::uint32_t> weights) {
  std::uint32_t sum = 0;
  for (const std::uint32_t weight : weights) ends_.push_back(sum += weight);
}

std::size_t VersionChoice::choose(std::uint64_t hash) const {
  // The upper half of the product is even in [0, sum), unlike a remainder of few bits.
  __extension__ using Wide = unsigned __int128;
  const auto place = static_cast<std::uint32_t>((Wide{hash} * ends_.back()) >> 64);
  return static_cast<std::size_t>(std::ranges::upper_bound(ends_, place) - ends_.begin());
}

}  // namespace apiforge::policy
