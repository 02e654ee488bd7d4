// Ledger: the BlockSource of quotas that are counted per period: units are written down as used in
// the database before anyone gets them. So a process that is killed strands the blocks that it had
// and did not use up, and nobody ever gets more than the amount: neither after a crash, nor when a
// commit's answer is lost, nor with several nodes on one database.
//
// Requests that come while the store is being asked are answered together: one transaction at a
// time, one statement for each counter in it. Any thread; owned by the application, which ends the
// pool that runs its work before the store goes.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "quota/block_source.hpp"
#include "storage/store.hpp"

namespace apiforge::quota {

class Ledger final : public BlockSource {
 public:
  /// Runs work on a thread that may block. False when it takes no more; what it does not run it
  /// destroys, and that is answered with StorageUnavailable.
  using Execute = std::function<bool(std::move_only_function<void()>)>;

  /// Both must outlive the Ledger and all work that `execute` was given.
  Ledger(storage::Store& store, const Clock& clock, Execute execute);
  /// Answers what still waits with StorageUnavailable. Does not wait for the store.
  ~Ledger() override;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Of a limit with `period`, which begins at `period_start` (see calendar.hpp). Takes a block,
  /// see block_size.hpp. `done` runs on the executor's thread; before `take` returns when the store
  /// is not asked: after five failures in a row it is left alone for a second.
  void take(BlockRequest request, OnGrant done) override;
  /// Written down with what is taken next, or soon. What cannot be written stays spent: a commit
  /// that failed may have taken effect, and to repeat it could give back twice.
  void give_back(const CompiledLimit& limit, std::string_view subject, WallTime period_start,
                 std::int64_t units) override;
  /// 1 unless told otherwise: the database does not know who else uses it. Any thread.
  std::uint32_t nodes() const override { return nodes_.load(std::memory_order_relaxed); }
  /// As the shared counters know them; 0: not yet.
  void set_nodes(std::uint32_t nodes) { nodes_.store(nodes, std::memory_order_relaxed); }

  /// At the end of the process: answers what waits with StorageUnavailable, and writes what was
  /// given back. Blocks, `patience` and one transaction at most. Afterwards nothing is taken.
  void close(std::chrono::nanoseconds patience = std::chrono::seconds(5));

 private:
  struct State;
  std::atomic<std::uint32_t> nodes_{1};
  std::shared_ptr<State> state_;  ///< work that runs holds it too
};

/// How the database spells a counter's subject: `%` and what is not printable ASCII as `%XX`, since
/// it takes not every byte.
std::string stored_subject(std::string_view subject);

/// Counters of periods that began so long ago are forgotten: longer than any period is (31 days).
inline constexpr std::chrono::days kUsageKept{40};

/// Removes old counters; for the housekeeping, each hour or so. Blocks. Returns how many.
Result<std::size_t> forget_old_usage(storage::Store& store, WallTime now);

}  // namespace apiforge::quota
