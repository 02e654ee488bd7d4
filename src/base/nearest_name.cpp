#include "base/nearest_name.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace apiforge {
namespace {

// Longer names are not compared: the work is the product of both lengths.
constexpr std::size_t kLongestCompared = 64;
constexpr std::size_t kMostCompared = 256;

/// Edits between two names: the optimal string alignment distance, three rows at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool equal = to_lower(a[i - 1]) == to_lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (equal ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && to_lower(a[i - 1]) == to_lower(b[j - 2]) &&
                           to_lower(a[i - 2]) == to_lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> candidates) {
  if (name.empty() || name.size() > kLongestCompared) return std::nullopt;
  std::optional<std::string_view> nearest;
  std::size_t fewest = kLongestCompared;
  for (const auto candidate : candidates.first(std::min(candidates.size(), kMostCompared))) {
    const std::size_t tolerated = std::max<std::size_t>(1, candidate.size() / 3);
    const std::size_t longer = std::max(name.size(), candidate.size());
    const std::size_t shorter = std::min(name.size(), candidate.size());
    if (longer > kLongestCompared || longer - shorter > tolerated) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance > tolerated || distance >= fewest) continue;
    fewest = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const auto nearest = nearest_name(name, candidates);
  if (!nearest) return {};
  return "; did you mean '" + std::string(*nearest) + "'?";
}

}  // namespace apiforge
