// Random: the only source of randomness for decisions (balancing, jitter, ids). Not for key
// material. One instance belongs to one thread.
#pragma once
#include <cstdint>

namespace apiforge {

/// xoshiro256** (Blackman, Vigna): fast, 256 bits of state, reproducible from a seed.
class Random {
 public:
  /// The same seed gives the same sequence; tests print it when they fail.
  explicit Random(std::uint64_t seed);

  std::uint64_t next();
  /// Uniform in [0, bound); `bound` must be at least 1.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [0, 1).
  double unit();

 private:
  std::uint64_t state_[4];
};

/// A seed from the operating system.
std::uint64_t system_seed();

}  // namespace apiforge
