// RecordTable: the tables records, record_names and removals inside one transaction. One thread;
// owned by the transaction. That this transaction may write is checked by its owner.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "storage/sql/detail/connection.hpp"
#include "storage/sql/detail/heads.hpp"
#include "storage/store.hpp"

namespace apiforge::storage::detail {

class RecordTable {
 public:
  /// All must outlive the table. Changes take their revisions from `heads`.
  RecordTable(Connection& connection, const Scope& scope, Heads& heads)
      : connection_(connection), scope_(scope), heads_(heads) {}

  // As in Transaction; `now` is in milliseconds since 1970.
  Result<std::optional<Record>> find(Kind kind, std::string_view id);
  Result<std::optional<Record>> find_by_name(Kind kind, std::string_view name);
  Result<std::vector<Record>> list(Kind kind, const ListQuery& query);
  Result<void> insert(Record& record, std::int64_t now);
  Result<void> update(Record& record, std::int64_t now);
  Result<void> remove(Kind kind, std::string_view id, std::uint64_t revision, std::int64_t now);
  Result<void> for_each_change(std::span<const Kind> kinds, std::uint64_t revision,
                               const std::function<void(Record)>& visit);
  Result<std::size_t> purge(Kind kind, std::int64_t before, std::int64_t now);

 private:
  /// The record if it is there, covered by the scope, and of this revision.
  Result<Record> expect(Kind kind, std::string_view id, std::uint64_t revision);
  /// Takes the names that `record` has and `former` had not. AlreadyExists, and none taken, when
  /// one of them belongs to another record.
  Result<void> take_names(const Record& record, const std::vector<std::string>& former);
  Result<void> release_name(Kind kind, std::string_view name);
  Result<void> release_all_names(Kind kind, std::string_view id);
  Result<void> forget_removals(Kind kind, std::int64_t before);

  Connection& connection_;
  const Scope& scope_;
  Heads& heads_;
};

}  // namespace apiforge::storage::detail
