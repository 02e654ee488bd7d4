// What a MemoryStore holds: all records, the audit log and hints, as one copyable value. Not
// thread-safe; MemoryStore shares it between threads as const only.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "storage/store.hpp"

namespace apiforge::storage::detail {

using RecordPtr = std::shared_ptr<const Record>;

struct MemoryState {
  using Key = std::pair<Kind, std::string>;
  /// Quota, beginning of the period, subject, tenant.
  using Counter = std::tuple<std::string, WallTime, std::string, std::string>;

  std::map<Key, RecordPtr> records;            ///< by id
  std::map<Key, std::string> names;            ///< to the id
  std::map<std::uint64_t, RecordPtr> changes;  ///< records and removals by their revision
  std::uint64_t revision = 0;
  /// Removals up to this revision may have been forgotten.
  std::uint64_t forgotten = 0;
  std::vector<std::shared_ptr<const AuditEntry>> audit;
  std::vector<AuditCheckpoint> checkpoints;
  std::map<std::string, WallTime> last_use;
  std::map<Counter, std::int64_t> usage;
};

}  // namespace apiforge::storage::detail
