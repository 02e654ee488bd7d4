#include "storage/sql/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "storage/sql/detail/schema.hpp"
#include "storage/sql/detail/sql_url.hpp"
#include "storage/sql/detail/sqlite_file.hpp"
#include "storage/sql/detail/writer_lock.hpp"

namespace apiforge::storage {
namespace {

using detail::SqliteFile;

constexpr std::string_view kHalf = ".unfinished";
constexpr std::string_view kFormer = ".before-restore";

/// A file that is removed again unless it got its final name.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(std::string path) : path_(std::move(path)) { remove(); }
  ~UnfinishedFile() { remove(); }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
      std::filesystem::remove(path_ + suffix, ignored);
    }
  }
  std::string path_;
};

std::unexpected<Error> fault(const std::string& path) {
  return fail(ErrorCode::StorageUnavailable, {},
              fmt::format("{}: {}", path, std::generic_category().message(errno)));
}

/// Asks the disk to keep what was written to a file or folder.
Result<void> sync(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fault(path);
  const bool done = ::fsync(file) == 0;
  auto failed = done ? Result<void>() : Result<void>(fault(path));
  ::close(file);
  return failed;
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

Result<detail::SqlTarget> sqlite_target(const SqlSettings& settings, const char* tool) {
  auto target = detail::parse_target(settings);
  if (target && target->engine == detail::Engine::Postgresql) {
    return fail(ErrorCode::InvalidParameter,
                fmt::format("The database is PostgreSQL: use {} for it.", tool));
  }
  return target;
}

/// Copies a database to a new file, checks the copy, and puts it on the disk.
Result<void> copy(SqliteFile& source, const std::string& path) {
  {
    auto made = SqliteFile::create(path);
    if (!made) return std::unexpected(std::move(made.error()));
    if (auto done = made->copy_from(source); !done) return done;
    if (auto sound = made->check(); !sound) return sound;
  }
  return sync(path);
}

Result<void> require_backup(SqliteFile& file, const std::string& path) {
  const auto not_ours = [&](const std::string& why) {
    return fail(ErrorCode::InvalidParameter, path + " " + why);
  };
  const auto tables = file.number(
      "SELECT count(*) FROM sqlite_master WHERE type = 'table'"
      " AND name IN ('heads', 'schema_migrations')");
  if (!tables || *tables != 2) return not_ours("is not a backup of apiforge");
  const auto version = file.number("SELECT MAX(version) FROM schema_migrations");
  if (!version) return std::unexpected(version.error());
  if (*version > static_cast<int>(detail::all_migrations().size())) {
    return not_ours("was made by a newer build of apiforge");
  }
  return {};
}

/// Gives the former database a second name. Its own leads to it until the rename that follows, so
/// that a crash in between leaves a database.
Result<void> keep_former(const std::string& file) {
  if (!std::filesystem::exists(file)) return {};
  {
    // May fail: a database that is broken is a reason to restore. Then its log is kept beside it.
    auto former = SqliteFile::open(file);
    [[maybe_unused]] const bool merged =
        former && former->run("PRAGMA wal_checkpoint(TRUNCATE)").has_value();
  }
  const std::string kept = file + std::string(kFormer);
  std::error_code error;
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(kept + suffix, error);
  if (::link(file.c_str(), kept.c_str()) != 0) return fault(kept);
  std::filesystem::remove(file + "-shm", error);
  if (std::filesystem::exists(file + "-wal", error) &&
      ::rename((file + "-wal").c_str(), (kept + "-wal").c_str()) != 0) {
    return fault(kept);
  }
  return {};
}

}  // namespace

Result<void> backup(const SqlSettings& settings, const std::string& target) {
  const auto database = sqlite_target(settings, "pg_dump");
  if (!database) return std::unexpected(database.error());
  if (std::filesystem::exists(target)) {
    return fail(ErrorCode::AlreadyExists, target + " exists already");
  }
  auto source = SqliteFile::open(database->file);
  if (!source) return std::unexpected(std::move(source.error()));
  const UnfinishedFile half(target + std::string(kHalf));
  if (auto done = copy(*source, half.path()); !done) return done;
  // A link, not a rename: it does not replace a file that appeared meanwhile.
  if (::link(half.path().c_str(), target.c_str()) != 0) return fault(target);
  return sync(folder_of(target));
}

Result<void> restore(const SqlSettings& settings, const std::string& source) {
  const auto database = sqlite_target(settings, "pg_restore");
  if (!database) return std::unexpected(database.error());
  detail::WriterLock lock(database->file);
  if (auto locked = lock.acquire(); !locked) return locked;
  auto file = SqliteFile::open(source);
  if (!file) return std::unexpected(std::move(file.error()));
  if (auto sound = file->check(); !sound) return sound;
  if (auto ours = require_backup(*file, source); !ours) return ours;
  const UnfinishedFile half(database->file + std::string(kHalf));
  if (auto done = copy(*file, half.path()); !done) return done;
  if (auto done = keep_former(database->file); !done) return done;
  if (::rename(half.path().c_str(), database->file.c_str()) != 0) return fault(database->file);
  return sync(folder_of(database->file));
}

}  // namespace apiforge::storage
