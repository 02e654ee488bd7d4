// Store: the port to the database, which is the truth about identities and configuration. Calls
// block, so they are made on threads of the blocking pool, never on a worker. Adapters: memory
// (tests), sql (SQLite, PostgreSQL), and one that injects faults. contract_test.hpp says what each
// must do.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "storage/record.hpp"

namespace apiforge::storage {

/// Which tenants' records a transaction can see and change. Those of others do not exist for it.
struct Scope {
  static Scope platform() { return {}; }
  static Scope of(std::string tenant) { return {std::move(tenant)}; }
  bool is_platform() const { return tenant.empty(); }
  bool covers(std::string_view other) const { return tenant.empty() || tenant == other; }
  std::string tenant;  ///< empty: all
};

enum class Mode : std::uint8_t {
  Read,
  Write,
  /// Changes counters of usage and nothing else, and so need not wait for who changes records.
  /// Who takes from several counters does so in one order of keys, or waits for another in a ring.
  Count
};

struct ListQuery {
  std::string tenant{};       ///< empty: all that the scope covers
  std::string owner{};        ///< empty: any
  std::string after{};        ///< an id; the list goes on behind it
  std::uint32_t limit = 500;  ///< 1..10'000
};

struct AuditQuery {
  std::string tenant{};  ///< empty: all that the scope covers
  std::string actor{};   ///< empty: any
  std::string action{};  ///< empty: any; `user.*` matches a prefix
  std::optional<WallTime> from{};
  std::optional<WallTime> to{};  ///< exclusive
  std::uint64_t before_seq = 0;  ///< 0: from the newest; entries come newest first
  std::uint32_t limit = 50;      ///< 1..10'000
};

/// One transaction on one thread; rolled back unless committed. A write transaction waits for
/// others to end (bounded; then StorageUnavailable). Reads see one consistent state. Every function
/// can fail with StorageUnavailable: connection lost, disk full, time over.
class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual Result<std::optional<Record>> find(Kind kind, std::string_view id) = 0;
  /// By one of `Record::names`.
  virtual Result<std::optional<Record>> find_by_name(Kind kind, std::string_view name) = 0;
  /// In the order of ids.
  virtual Result<std::vector<Record>> list(Kind kind, const ListQuery& query) = 0;

  /// Sets revision, created_at and updated_at of `record`. AlreadyExists when the id or a name is
  /// taken, be it by another tenant.
  virtual Result<void> insert(Record& record) = 0;
  /// Replaces body, owner and names of the record that still has `record.revision`, and sets the
  /// new revision. VersionConflict when it was changed meanwhile, NotFound when it is gone.
  virtual Result<void> update(Record& record) = 0;
  /// The same conditions.
  virtual Result<void> remove(Kind kind, std::string_view id, std::uint64_t revision) = 0;

  /// The revision of the last committed change that this transaction sees.
  virtual Result<std::uint64_t> revision() = 0;
  /// Calls `visit` for each record of these kinds that was changed or removed after `revision`, in
  /// the order of revisions. Removed ones have no body. InvalidParameter when `revision` is so old
  /// that removals may have been forgotten: then start again from 0.
  virtual Result<void> for_each_change(std::span<const Kind> kinds, std::uint64_t revision,
                                       const std::function<void(Record)>& visit) = 0;

  /// The end of the audit log, locked until this transaction ends; seq 0 and an empty hash at the
  /// beginning.
  virtual Result<AuditEntry> lock_audit_end() = 0;
  /// `entry.seq` must follow the end.
  virtual Result<void> append_audit(const AuditEntry& entry) = 0;
  virtual Result<std::vector<AuditEntry>> list_audit(const AuditQuery& query) = 0;
  /// All entries of all tenants from `first` on, in order, until `visit` says false.
  virtual Result<void> for_each_audit(std::uint64_t first,
                                      const std::function<bool(const AuditEntry&)>& visit) = 0;
  virtual Result<void> add_checkpoint(const AuditCheckpoint& checkpoint) = 0;
  /// In the order of seq.
  virtual Result<std::vector<AuditCheckpoint>> list_checkpoints() = 0;

  /// When API keys were last used: a hint, outside revisions and without an audit entry.
  virtual Result<void> note_last_use(std::span<const std::pair<std::string, WallTime>> uses) = 0;
  virtual Result<std::vector<std::optional<WallTime>>> last_use(
      std::span<const std::string> ids) = 0;

  /// Takes up to `units` (1 or more) of what the counter has left below `bound`, and says how many;
  /// outside revisions and without an audit entry. Concurrent takers never get more than `bound`
  /// together. NotFound when the scope does not cover the key's tenant.
  virtual Result<TakenUsage> take_usage(const UsageKey& key, std::int64_t units,
                                        std::int64_t bound) = 0;
  /// Gives units back that were taken and not used; never below 0.
  virtual Result<void> give_back_usage(const UsageKey& key, std::int64_t units) = 0;
  /// What a quota's counters stand at, the most used first; at most `limit`.
  virtual Result<std::vector<Usage>> list_usage(std::string_view quota, WallTime period_start,
                                                std::uint32_t limit) = 0;
  /// Forgets periods that began before. Returns how many counters.
  virtual Result<std::size_t> purge_usage(WallTime before) = 0;

  /// Removes records of a kind not written since `before`: expired sessions, tokens, replies.
  /// Returns how many.
  virtual Result<std::size_t> purge(Kind kind, WallTime before) = 0;

  /// Durable when it returns without error. On error nothing is known to be stored.
  virtual Result<void> commit() = 0;
};

struct StoreHealth {
  bool ok = false;
  std::string detail;  ///< why not, for people
};

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<std::unique_ptr<Transaction>> begin(Scope scope, Mode mode) = 0;
  virtual StoreHealth health() = 0;
};

}  // namespace apiforge::storage
