// SqlStore: the store in SQLite (one node) or PostgreSQL (one or several). Any thread of the
// blocking pool; owned by the program, must outlive its transactions. See docs/adr/0010.
#pragma once
#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/secret.hpp"
#include "storage/store.hpp"

namespace apiforge::storage {

struct SqlSettings {
  /// `postgresql://user:password@host:port/database?parameter=value` as libpq reads it,
  /// `sqlite:///relative/path` (to the working directory) and `sqlite:////absolute/path`, as
  /// SQLAlchemy and others write it; empty: `apiforge.db` in `data_dir`.
  Secret url;
  std::string data_dir = ".";
  /// How many connections are kept, 1..100; SQLite has one more, which writes.
  unsigned connections = 4;
  /// How long `begin` waits for a free connection, and then for other writers.
  std::chrono::milliseconds lock_timeout{5'000};
  /// How long PostgreSQL may work on one statement, and how long connecting to it may take.
  std::chrono::milliseconds statement_timeout{30'000};
  std::chrono::seconds connect_timeout{5};
};

namespace detail {
class Database;
}

class SqlStore final : public Store {
 public:
  /// Opens the database, and brings its schema to the version of this build.
  ///
  /// SQLite: the file and its folder are made when missing. One process at a time writes: the lock
  /// on `<file>.lock` is taken here when it is free, else tried again at each `begin` for writing,
  /// which fails with StorageUnavailable while another process has it. Reading is always possible.
  ///
  /// InvalidConfiguration: the URL is not understood, or a newer build has made the schema.
  /// StorageUnavailable: the database cannot be reached, read, or brought up to date.
  static Result<std::unique_ptr<SqlStore>> open(const SqlSettings& settings, const Clock& clock);
  ~SqlStore() override;

  Result<std::unique_ptr<Transaction>> begin(Scope scope, Mode mode) override;
  /// Asks the database. `detail` of a healthy one may hold a warning for the operator: that the
  /// PostgreSQL user bypasses row-level security.
  StoreHealth health() override;

 private:
  explicit SqlStore(std::unique_ptr<detail::Database> database);
  std::unique_ptr<detail::Database> database_;
};

}  // namespace apiforge::storage
