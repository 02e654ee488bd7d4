// UsageTable: the table quota_usage inside one transaction. One thread; owned by the transaction.
// That this transaction may write, and that the texts are storable, is checked by its owner.
#pragma once
#include <string_view>
#include <vector>

#include "storage/sql/detail/connection.hpp"
#include "storage/store.hpp"

namespace apiforge::storage::detail {

class UsageTable {
 public:
  /// Both must outlive the table.
  UsageTable(Connection& connection, const Scope& scope) : connection_(connection), scope_(scope) {}

  // As in Transaction.
  Result<TakenUsage> take(const UsageKey& key, std::int64_t units, std::int64_t bound);
  Result<void> give_back(const UsageKey& key, std::int64_t units);
  Result<std::vector<Usage>> list(std::string_view quota, WallTime period_start,
                                  std::uint32_t limit);
  Result<std::size_t> purge(WallTime before);

 private:
  Connection& connection_;
  const Scope& scope_;
};

}  // namespace apiforge::storage::detail
