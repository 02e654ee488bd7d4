// Heads: the one row that orders all changes. A write transaction holds it locked from its
// beginning, counts in this copy, and writes it back before it commits. A value of one transaction.
#pragma once
#include <cstdint>
#include <string>

#include "storage/sql/detail/connection.hpp"

namespace apiforge::storage::detail {

struct Heads {
  std::int64_t revision = 0;
  std::int64_t audit_seq = 0;
  std::string audit_hash;
  std::int64_t forgotten = 0;  ///< removals up to this revision may have been forgotten
  friend bool operator==(const Heads&, const Heads&) = default;
};

/// `lock`: until the transaction ends. (SQLite has locked the whole database by then.)
Result<Heads> read_heads(Connection& connection, bool lock);
Result<void> write_heads(Connection& connection, const Heads& heads);

}  // namespace apiforge::storage::detail
