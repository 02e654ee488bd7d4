// LimitCounts: how the calls under a limit fared. Workers add, anyone reads. Shared by all books
// that have the limit, so that counts go on when the configuration changes.
#pragma once
#include <atomic>
#include <cstdint>
#include <vector>

#include "quota/limit_book.hpp"

namespace apiforge::quota {

/// Each call is counted once under each limit that decided it: all limits of a call that was
/// admitted, else the one that its Verdict names.
struct LimitCounts {
  std::atomic<std::uint64_t> admitted{0};
  std::atomic<std::uint64_t> refused{0};   ///< answered with 429 or 503
  std::atomic<std::uint64_t> queued{0};    ///< put in line; counted again when it ends
  std::atomic<std::uint64_t> degraded{0};  ///< sent to the fallback chain
};

struct LimitReading {
  LimitPtr limit;
  std::uint64_t admitted = 0;
  std::uint64_t refused = 0;
  std::uint64_t queued = 0;
  std::uint64_t degraded = 0;
};

/// The counts of all limits of a book, in its order. Any thread.
std::vector<LimitReading> read_limits(const LimitBook& book);

}  // namespace apiforge::quota
