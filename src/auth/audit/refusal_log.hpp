// RefusalLog: brings refused accesses from the workers' queues into the audit log. A thread of the
// blocking pool drains them every few seconds, joins equal refusals to one entry with a count, and
// writes the entries in one transaction. What cannot be written is kept for the next time, within a
// bound, so that neither an attack nor a failing database takes memory or floods the log.
// Owned by app.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "auth/audit/refusal_queue.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "storage/store.hpp"

namespace apiforge::auth {

class RefusalLog {
 public:
  /// Different refusals in one batch; more are only counted.
  static constexpr std::size_t kMaximumEntries = 100;

  explicit RefusalLog(std::size_t workers);

  /// For worker `index` from 0; lives as long as this.
  RefusalQueue& queue(std::size_t index) { return *queues_[index]; }

  /// Writes what was noted as `access.refused` entries, and how many were only counted as one
  /// `access.refusals_unlisted`; says how many entries. On an error all is kept and tried again.
  Result<std::size_t> drain(storage::Store& store, WallTime now);

 private:
  struct Key {
    std::string tenant, actor, target, client;
    ErrorCode code;
    auto operator<=>(const Key&) const = default;
  };
  void collect();
  Result<void> write(storage::Transaction& transaction, WallTime now) const;

  std::vector<std::unique_ptr<RefusalQueue>> queues_;
  std::mutex draining_;  ///< guards what follows; no worker takes it
  std::map<Key, std::uint64_t> batch_;
  std::uint64_t unlisted_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace apiforge::auth
