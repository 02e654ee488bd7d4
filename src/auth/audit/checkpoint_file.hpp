// CheckpointFile: the audit log's checkpoints outside the database: `seq hash at signature` a line,
// `at` in milliseconds since 1970. It is only ever appended to. One process and one thread at a
// time append; any process reads.
#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"
#include "storage/record.hpp"

namespace apiforge::auth {

class CheckpointFile {
 public:
  /// Two years of one a minute and some.
  static constexpr std::size_t kMaximumLines = 2'000'000;

  explicit CheckpointFile(std::string path) : path_(std::move(path)) {}

  /// On disk when it returns; a line that a crash cut off is removed first. StorageUnavailable.
  Result<void> append(const storage::AuditCheckpoint& checkpoint) const;

  /// In the order of lines; empty when there is no file. An end without a line feed was never
  /// acknowledged and is skipped. SealedDataUnreadable names a line that is no checkpoint,
  /// StorageUnavailable.
  Result<std::vector<storage::AuditCheckpoint>> read() const;

 private:
  std::string path_;
};

}  // namespace apiforge::auth
