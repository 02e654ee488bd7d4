// Backup and restore of a SQLite database, for the command line. Blocking; any thread.
#pragma once
#include <string>

#include "base/error.hpp"
#include "storage/sql/sql_store.hpp"

namespace apiforge::storage {

/// Writes a consistent copy of the database to `target`, one file readable by its owner alone, also
/// while a server uses the database. The copy is checked before it gets its name.
/// AlreadyExists: `target` is there. InvalidParameter: the database is PostgreSQL, which has
/// pg_dump for this. StorageUnavailable: reading, writing, or the check failed.
Result<void> backup(const SqlSettings& settings, const std::string& target);

/// Puts the copy in `source` in the place of the database. The former one stays beside it as
/// `<file>.before-restore`, replacing an older one of that name.
/// StorageUnavailable: a process uses the database, or `source` cannot be read or fails its check;
/// nothing is changed then. InvalidParameter: PostgreSQL, `source` is no backup, or a newer build
/// made it.
Result<void> restore(const SqlSettings& settings, const std::string& source);

}  // namespace apiforge::storage
