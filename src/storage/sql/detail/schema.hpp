// The schema of the database as the list of its migrations. Constants; any thread.
#pragma once
#include <span>
#include <string_view>

namespace apiforge::storage::detail {

/// One step forward. What has been released is never changed: a new version is a new entry.
///
/// In the statements `SORTED_TEXT` stands for text that is ordered by its bytes, and `:now` for the
/// time in milliseconds.
struct Migration {
  int version;
  std::string_view name;
  std::span<const std::string_view> statements;
  std::span<const std::string_view> postgresql_statements;  ///< after them
};

/// In the order of versions, which are 1, 2, 3...
std::span<const Migration> all_migrations();

}  // namespace apiforge::storage::detail
