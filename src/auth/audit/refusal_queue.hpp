// RefusalQueue: one worker's refused accesses on their way to the RefusalLog. The worker never
// locks, allocates or waits; when the queue is full a refusal is counted instead of kept. `note`
// belongs to the worker, the rest to the draining thread. Owned by the RefusalLog.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"
#include "observe/spsc_ring.hpp"

namespace apiforge::auth {

/// What is noted; longer texts are cut.
struct Refusal {
  std::string_view tenant;  ///< empty: of an unknown caller
  std::string_view actor;   ///< `user:<name>`, `key:<id>`, `anonymous`
  std::string_view target;  ///< an API's name, a path without its query
  ErrorCode code = ErrorCode::Forbidden;
  std::string_view client;  ///< address
};

class RefusalQueue {
 public:
  static constexpr std::size_t kCapacity = 512;

  /// Counts in place of keeping when kCapacity are waiting.
  void note(const Refusal& refusal);

  /// A refusal with its texts in place.
  struct Slot {
    std::array<char, 64> tenant{};
    std::array<char, 80> actor{};
    std::array<char, 160> target{};
    std::array<char, 48> client{};
    ErrorCode code = ErrorCode::Forbidden;
  };
  bool take(Slot& slot) { return ring_.pop(slot); }
  /// Noted while the queue was full, since the last call.
  std::uint64_t take_dropped() { return dropped_.exchange(0, std::memory_order_relaxed); }

 private:
  observe::SpscRing<Slot, kCapacity> ring_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace apiforge::auth
