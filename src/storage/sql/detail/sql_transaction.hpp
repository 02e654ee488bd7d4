// SqlTransaction: a transaction on a SQL database. One thread; owned by whoever began it. It has a
// connection on loan until it ends, by commit or by destruction, which rolls back.
#pragma once
#include "base/clock.hpp"
#include "storage/sql/detail/audit_table.hpp"
#include "storage/sql/detail/connection_pool.hpp"
#include "storage/sql/detail/heads.hpp"
#include "storage/sql/detail/record_table.hpp"
#include "storage/sql/detail/usage_table.hpp"
#include "storage/store.hpp"

namespace apiforge::storage::detail {

/// A transaction that the database has begun, and the heads as it sees them.
struct Begun {
  ConnectionPool::Lease connection;
  Heads heads;
};

class SqlTransaction final : public Transaction {
 public:
  SqlTransaction(Begun begun, Scope scope, Mode mode, const Clock& clock);
  ~SqlTransaction() override;

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
  /// InternalError after the end, StorageUnavailable after a failure: what was done before it is
  /// lost already, so going on would store half a change.
  Result<void> require_open() const;
  Result<void> require_writing() const;
  Result<void> require_counting() const;
  void roll_back();
  std::int64_t now() const { return unix_milliseconds(clock_.wall()); }

  ConnectionPool::Lease connection_;
  const Scope scope_;
  const Mode mode_;
  const Clock& clock_;
  const Heads begun_with_;
  Heads heads_;
  bool ended_ = false;
  RecordTable records_;
  AuditTable audit_;
  UsageTable usage_;
};

}  // namespace apiforge::storage::detail
