// WriterLock: the file beside a SQLite database that one process at a time holds locked (flock),
// and in which it writes its pid for others to read. The kernel frees the lock when the process
// ends, however it ends. Any thread; owned by the database.
#pragma once
#include <mutex>
#include <string>

#include "base/error.hpp"

namespace apiforge::storage::detail {

class WriterLock {
 public:
  /// Takes nothing yet.
  explicit WriterLock(const std::string& database_file);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

  /// Takes the lock unless it is held already; does not wait. StorageUnavailable names the process
  /// that has it.
  Result<void> acquire();

 private:
  const std::string path_;
  std::mutex mutex_;
  int file_ = -1;
  bool held_ = false;
};

}  // namespace apiforge::storage::detail
