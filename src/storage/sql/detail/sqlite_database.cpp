// SQLite: one connection writes, the others read; WAL keeps them out of each other's way.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "storage/sql/detail/database.hpp"
#include "storage/sql/detail/migrations.hpp"
#include "storage/sql/detail/writer_lock.hpp"

namespace apiforge::storage::detail {
namespace {

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(const SqlTarget& target, const SqlSettings& settings, const Clock& clock)
      : Database(clock),
        lock_(target.file),
        writer_(1, settings.lock_timeout, [=] { return Connection::open(target, settings, true); }),
        readers_(settings.connections, settings.lock_timeout,
                 [=] { return Connection::open(target, settings, false); }) {}

  /// Brings the schema up to date if this process may write, else makes sure that it is.
  Result<void> prepare() {
    auto connection = writer_.acquire();
    if (!connection) return std::unexpected(std::move(connection.error()));
    const auto locked = lock_.acquire();
    if (locked) {
      // The journal mode stays in the file, so later connections have it too.
      if (auto done = (*connection)->run("PRAGMA journal_mode = WAL"); !done) return done;
      return migrate(**connection, all_migrations(), clock_.wall());
    }
    const auto version = schema_version(**connection);
    if (!version) return std::unexpected(version.error());
    if (auto known = require_known(*version, all_migrations()); !known) return known;
    // An old schema can be brought up to date by nobody but the process that may write.
    if (*version < static_cast<int>(all_migrations().size())) return locked;
    return {};
  }

  Result<Begun> begin(const Scope&, Mode mode) override {
    const bool writes = mode != Mode::Read;
    auto connection = (writes ? writer_ : readers_).acquire();
    if (!connection) return std::unexpected(std::move(connection.error()));
    if (writes) {
      if (auto locked = lock_.acquire(); !locked) return std::unexpected(std::move(locked.error()));
    }
    (*connection)->clear_failure();
    auto begun = (*connection)->run(writes ? "BEGIN IMMEDIATE" : "BEGIN");
    if (!begun) return std::unexpected(std::move(begun.error()));
    auto heads = read_heads(**connection, writes);
    if (!heads) {
      if (!(*connection)->run("ROLLBACK")) connection->discard();
      return std::unexpected(std::move(heads.error()));
    }
    return Begun{*std::move(connection), *std::move(heads)};
  }

  StoreHealth health() override {
    // A process that only reads is not whole, even if reading works.
    if (const auto locked = lock_.acquire(); !locked) {
      const Error& error = locked.error();
      return {.ok = false, .detail = error.detail.empty() ? error.context : error.detail};
    }
    const auto begun = begin(Scope::platform(), Mode::Read);
    if (!begun) return {.ok = false, .detail = begun.error().context};
    if (auto ended = begun->connection->run("ROLLBACK"); !ended) {
      return {.ok = false, .detail = ended.error().context};
    }
    return {.ok = true, .detail = {}};
  }

 private:
  WriterLock lock_;
  ConnectionPool writer_;
  ConnectionPool readers_;
};

std::unexpected<Error> file_fault(const std::string& file, int number) {
  return fail(ErrorCode::StorageUnavailable, {},
              fmt::format("{}: {}", file, std::generic_category().message(number)));
}

/// Makes the file and its folder when they are missing, for their owner's eyes only. SQLite gives
/// the files beside it the same rights.
Result<void> make_file(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::exists(folder, error)) {
    std::filesystem::create_directories(folder.parent_path(), error);
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return file_fault(folder, errno);
  }
  const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (made < 0) return file_fault(file, errno);
  ::close(made);
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> open_sqlite(const SqlTarget& target, const SqlSettings& settings,
                                              const Clock& clock) {
  if (auto made = make_file(target.file); !made) return std::unexpected(std::move(made.error()));
  auto database = std::make_unique<SqliteDatabase>(target, settings, clock);
  if (auto ready = database->prepare(); !ready) return std::unexpected(std::move(ready.error()));
  return database;
}

}  // namespace apiforge::storage::detail
