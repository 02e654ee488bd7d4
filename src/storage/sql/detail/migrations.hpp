// Brings the schema of a database to the version of this build: forward only, each migration in a
// transaction of its own. One thread; called when the store is opened.
#pragma once
#include <span>

#include "base/clock.hpp"
#include "storage/sql/detail/connection.hpp"
#include "storage/sql/detail/schema.hpp"

namespace apiforge::storage::detail {

/// The version of the schema; 0 for an empty database.
Result<int> schema_version(Connection& connection);

/// InvalidConfiguration when the database has a version that `migrations` does not know.
Result<void> require_known(int version, std::span<const Migration> migrations);

/// Applies what is missing. Several nodes may do so at the same time: they wait for one another. A
/// migration that fails leaves nothing behind.
Result<void> migrate(Connection& connection, std::span<const Migration> migrations, WallTime now);

}  // namespace apiforge::storage::detail
