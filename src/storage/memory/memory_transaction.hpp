// MemoryTransaction: a transaction on a MemoryStore. Reading shares the store's state; writing has
// a copy, which replaces it at commit. One thread; owned by whoever began it.
#pragma once
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "storage/memory/memory_state.hpp"
#include "storage/store.hpp"

namespace apiforge::storage::detail {

/// The right to write, which one transaction at a time has.
class WriterTurn {
 public:
  /// Waits for it, at most that long.
  bool take(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, patience, [this] { return free_; })) return false;
    free_ = false;
    return true;
  }
  void give_back() {
    {
      const std::lock_guard lock(mutex_);
      free_ = true;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool free_ = true;
};

struct GiveBack {
  void operator()(WriterTurn* turn) const { turn->give_back(); }
};
/// A turn that was taken; given back when this goes.
using TakenTurn = std::unique_ptr<WriterTurn, GiveBack>;

/// What the transactions of a store share.
struct MemoryShared {
  MemoryShared(const Clock& of, std::chrono::milliseconds timeout)
      : clock(of), lock_timeout(timeout) {}
  const Clock& clock;
  std::chrono::milliseconds lock_timeout;
  WriterTurn writer;
  std::mutex mutex;  ///< guards `state`
  std::shared_ptr<const MemoryState> state;
};

class MemoryTransaction final : public Transaction {
 public:
  /// For reading.
  MemoryTransaction(MemoryShared& shared, Scope scope, std::shared_ptr<const MemoryState> state);
  /// For writing or counting.
  MemoryTransaction(MemoryShared& shared, Scope scope, Mode mode, const MemoryState& state,
                    TakenTurn writer);

  Result<std::optional<Record>> find(Kind kind, std::string_view id) override;
  Result<std::optional<Record>> find_by_name(Kind kind, std::string_view name) override;
  Result<std::vector<Record>> list(Kind kind, const ListQuery& query) override;
  Result<void> insert(Record& record) override;
  Result<void> update(Record& record) override;
  Result<void> remove(Kind kind, std::string_view id, std::uint64_t revision) override;
  Result<std::uint64_t> revision() override;
  Result<void> for_each_change(std::span<const Kind> kinds, std::uint64_t revision,
                               const std::function<void(Record)>& visit) override;
  Result<AuditEntry> lock_audit_end() override;
  Result<void> append_audit(const AuditEntry& entry) override;
  Result<std::vector<AuditEntry>> list_audit(const AuditQuery& query) override;
  Result<void> for_each_audit(std::uint64_t first,
                              const std::function<bool(const AuditEntry&)>& visit) override;
  Result<void> add_checkpoint(const AuditCheckpoint& checkpoint) override;
  Result<std::vector<AuditCheckpoint>> list_checkpoints() override;
  Result<void> note_last_use(std::span<const std::pair<std::string, WallTime>> uses) override;
  Result<std::vector<std::optional<WallTime>>> last_use(std::span<const std::string> ids) override;
  Result<TakenUsage> take_usage(const UsageKey& key, std::int64_t units,
                                std::int64_t bound) override;
  Result<void> give_back_usage(const UsageKey& key, std::int64_t units) override;
  Result<std::vector<Usage>> list_usage(std::string_view quota, WallTime period_start,
                                        std::uint32_t limit) override;
  Result<std::size_t> purge_usage(WallTime before) override;
  Result<std::size_t> purge(Kind kind, WallTime before) override;
  Result<void> commit() override;

 private:
  /// InternalError unless this transaction may write and has not ended.
  Result<void> require_writing() const;
  /// The same for counters of usage.
  Result<void> require_counting() const;
  /// The record if it is there, covered by the scope, and of this revision.
  Result<RecordPtr> expect(Kind kind, std::string_view id, std::uint64_t revision) const;
  /// AlreadyExists when another record than `record` has one of its names.
  Result<void> require_free_names(const Record& record) const;
  void put(Record record);
  void drop(const Record& record);
  WallTime now() const;

  MemoryShared& shared_;
  Scope scope_;
  const Mode mode_;
  std::unique_ptr<MemoryState> draft_;        ///< of a write transaction
  std::shared_ptr<const MemoryState> state_;  ///< what reads see
  TakenTurn writer_;
  std::uint64_t begun_at_;
};

}  // namespace apiforge::storage::detail
