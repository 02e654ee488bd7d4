// Tables of the whole numbers of a part of the configuration, with what they may be. Pure; any
// thread.
#pragma once
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "model/place.hpp"

namespace apiforge::model {

inline constexpr std::int64_t kHourMs = 3'600'000;

template <class Owner>
struct Bounds {
  std::string_view member;
  std::int64_t (*value)(const Owner&);
  std::int64_t least;
  std::int64_t most;
};

/// A size as a number that can be compared with bounds.
constexpr std::int64_t number_of(std::uint64_t size) {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(size, std::numeric_limits<std::int64_t>::max()));
}

/// A fault at each member whose number is out of its bounds.
template <class Owner, std::size_t N>
void validate_bounds(const Place& place, const Owner& owner, const Bounds<Owner> (&table)[N]) {
  for (const auto& bounds : table) {
    const std::int64_t value = bounds.value(owner);
    if (value >= bounds.least && value <= bounds.most) continue;
    place.member(bounds.member)
        .fault("must be from " + std::to_string(bounds.least) + " to " +
               std::to_string(bounds.most) + ", not " + std::to_string(value));
  }
}

}  // namespace apiforge::model
