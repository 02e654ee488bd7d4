// FaultyStore: passes everything on to another store, except what it was told to fail. For tests of
// callers: what they do when the database goes away at any point. Any thread; owned by the test,
// must outlive its transactions.
#pragma once
#include <cstddef>
#include <memory>

#include "storage/store.hpp"

namespace apiforge::storage {

/// The functions of the port, by which faults are aimed.
enum class Operation : std::uint8_t {
  Begin,
  Find,
  FindByName,
  List,
  Insert,
  Update,
  Remove,
  Revision,
  ForEachChange,
  LockAuditEnd,
  AppendAudit,
  ListAudit,
  ForEachAudit,
  AddCheckpoint,
  ListCheckpoints,
  NoteLastUse,
  LastUse,
  TakeUsage,
  GiveBackUsage,
  ListUsage,
  PurgeUsage,
  Purge,
  Commit,
};

enum class Fault : std::uint8_t {
  NotDone,         ///< fails with StorageUnavailable and has no effect
  DoneUnreported,  ///< takes effect and fails all the same: the connection broke before the answer
};

namespace detail {
struct FaultPlan;
}

class FaultyStore final : public Store {
 public:
  /// Passes everything on until told otherwise.
  explicit FaultyStore(Store& inner);
  ~FaultyStore() override;

  /// The next call of `operation` fails, once.
  void fail_next(Operation operation, Fault fault = Fault::NotDone);
  /// The nth operation from now on (1 is the next) fails, once, whichever it is. With n = 1,
  /// 2, 3... until `faults()` stays 0, every error path of a use case is walked.
  void fail_nth(std::size_t n, Fault fault = Fault::NotDone);
  /// While down everything fails, and `health` says so.
  void set_down(bool down);
  /// How many faults have struck since the last of the calls above.
  std::size_t faults() const;

  Result<std::unique_ptr<Transaction>> begin(Scope scope, Mode mode) override;
  StoreHealth health() override;

 private:
  Store& inner_;
  std::unique_ptr<detail::FaultPlan> plan_;
};

}  // namespace apiforge::storage
