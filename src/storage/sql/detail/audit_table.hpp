// AuditTable: the tables audit and audit_checkpoints inside one transaction. One thread; owned by
// the transaction. That this transaction may write is checked by its owner.
#pragma once
#include <functional>
#include <vector>

#include "storage/sql/detail/connection.hpp"
#include "storage/sql/detail/heads.hpp"
#include "storage/store.hpp"

namespace apiforge::storage::detail {

class AuditTable {
 public:
  /// All must outlive the table.
  AuditTable(Connection& connection, const Scope& scope, Heads& heads)
      : connection_(connection), scope_(scope), heads_(heads) {}

  // As in Transaction.
  AuditEntry end() const;
  Result<void> append(const AuditEntry& entry);
  Result<std::vector<AuditEntry>> list(const AuditQuery& query);
  Result<void> for_each(std::uint64_t first, const std::function<bool(const AuditEntry&)>& visit);
  Result<void> add_checkpoint(const AuditCheckpoint& checkpoint);
  Result<std::vector<AuditCheckpoint>> list_checkpoints();

 private:
  Connection& connection_;
  const Scope& scope_;
  Heads& heads_;
};

}  // namespace apiforge::storage::detail
