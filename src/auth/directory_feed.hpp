// DirectoryFeed: keeps the Directory of the workers equal to the store. It reads what was changed
// since the revision it has, makes the next Directory and publishes it. Threads of the blocking
// pool; one at a time works, the others wait. Made once by the composition root; the store must
// outlive it.
#pragma once
#include <functional>
#include <memory>
#include <mutex>

#include "auth/directory.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "storage/store.hpp"

namespace apiforge::auth {

class DirectoryFeed {
 public:
  /// Returns when every worker uses the given Directory.
  using Publish = std::function<void(std::shared_ptr<const Directory>)>;

  /// `token_lifetime` as for Directory.
  DirectoryFeed(storage::Store& store, const Clock& clock, std::chrono::seconds token_lifetime,
                Publish publish);

  /// When it returns, each change that was committed before the call is in force on every worker.
  /// Called after each commit, and by a timer for the changes of other nodes. Blocks. Fails with
  /// what the store says; then the Directory of before stays. SealedDataUnreadable, naming the
  /// record, when one cannot be read: it then counts as removed, and all else is in force.
  Result<void> catch_up();
  /// The Directory that is in force.
  std::shared_ptr<const Directory> current() const;

 private:
  void put_in_force(std::shared_ptr<const Directory> next);

  storage::Store& store_;
  const Clock& clock_;
  Publish publish_;
  std::mutex working_;          ///< held while reading and publishing
  std::uint64_t revision_ = 0;  ///< up to which the store was read; under working_
  mutable std::mutex mutex_;
  std::shared_ptr<const Directory> current_;  ///< under mutex_
};

}  // namespace apiforge::auth
