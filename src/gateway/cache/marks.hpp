// Marks: remembers for a short time something about keys, in fixed room. Two keys may share a
// place; then the later mark counts, which its users can live with. One thread.
#pragma once
#include <array>
#include <cstdint>

#include "base/clock.hpp"

namespace apiforge::gateway::cache {

class Marks {
 public:
  void set(std::uint64_t hash, MonotonicTime until) { place(hash) = {hash, until}; }
  bool has(std::uint64_t hash, MonotonicTime now) const {
    const Mark& mark = marks_[hash % kPlaces];
    return mark.hash == hash && now < mark.until;
  }
  void clear(std::uint64_t hash) {
    if (place(hash).hash == hash) place(hash) = {};
  }

 private:
  static constexpr std::size_t kPlaces = 4096;
  struct Mark {
    std::uint64_t hash = 0;
    MonotonicTime until{};
  };
  Mark& place(std::uint64_t hash) { return marks_[hash % kPlaces]; }

  std::array<Mark, kPlaces> marks_{};
};

}  // namespace apiforge::gateway::cache
