#include "storage/sql/detail/sqlite_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/text.hpp"

namespace apiforge::storage::detail {
namespace {

constexpr int kBusyMilliseconds = 5'000;

}  // namespace

void SqliteFile::Close::operator()(sqlite3* file) const {
  ::sqlite3_close_v2(file);
}

std::unexpected<Error> SqliteFile::fault() const {
  return fail(ErrorCode::StorageUnavailable, {},
              fmt::format("{}: {}", path_, ::sqlite3_errmsg(file_.get())));
}

Result<SqliteFile> SqliteFile::open_as(const std::string& path, int flags) {
  sqlite3* opened = nullptr;
  const int code = ::sqlite3_open_v2(path.c_str(), &opened, flags | SQLITE_OPEN_NOFOLLOW, nullptr);
  SqliteFile file(path, opened);
  if (code != SQLITE_OK) {
    return fail(ErrorCode::StorageUnavailable, {},
                fmt::format("{}: {}", path, ::sqlite3_errstr(code)));
  }
  ::sqlite3_busy_timeout(opened, kBusyMilliseconds);
  return file;
}

Result<SqliteFile> SqliteFile::open(const std::string& path) {
  return open_as(path, SQLITE_OPEN_READWRITE);
}

Result<SqliteFile> SqliteFile::create(const std::string& path) {
  const int made = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) {
    const bool exists = errno == EEXIST;
    return fail(exists ? ErrorCode::AlreadyExists : ErrorCode::StorageUnavailable, {},
                fmt::format("{}: {}", path, std::generic_category().message(errno)));
  }
  ::close(made);
  return open_as(path, SQLITE_OPEN_READWRITE);
}

Result<void> SqliteFile::copy_from(SqliteFile& source) {
  sqlite3_backup* copy = ::sqlite3_backup_init(file_.get(), "main", source.file_.get(), "main");
  if (!copy) return fault();
  // In one step: a writer in between would make it begin again.
  const int stepped = ::sqlite3_backup_step(copy, -1);
  const int finished = ::sqlite3_backup_finish(copy);
  if (stepped != SQLITE_DONE || finished != SQLITE_OK) return fault();
  // The copy is one file, without a log beside it.
  return run("PRAGMA journal_mode = DELETE");
}

Result<void> SqliteFile::check() {
  std::string answer;
  if (auto asked = query("PRAGMA integrity_check(1)", answer); !asked) return asked;
  if (answer == "ok") return {};
  return fail(ErrorCode::StorageUnavailable, {}, fmt::format("{}: {}", path_, answer));
}

Result<int> SqliteFile::number(const std::string& sql) {
  std::string answer;
  if (auto asked = query(sql, answer); !asked) return std::unexpected(std::move(asked.error()));
  const auto number = parse_unsigned(answer);
  if (!number) return fail(ErrorCode::StorageUnavailable, {}, path_ + ": no number");
  return static_cast<int>(*number);
}

Result<void> SqliteFile::run(const std::string& sql) {
  std::string ignored;
  return query(sql, ignored);
}

Result<void> SqliteFile::query(const std::string& sql, std::string& first) {
  const auto keep = [](void* target, int columns, char** values, char**) {
    auto& text = *static_cast<std::string*>(target);
    if (text.empty() && columns > 0 && values[0]) text = values[0];
    return 0;
  };
  if (::sqlite3_exec(file_.get(), sql.c_str(), keep, &first, nullptr) != SQLITE_OK) return fault();
  return {};
}

}  // namespace apiforge::storage::detail
