// SqliteFile: a SQLite database as a file to be copied and checked, without SOCI. One thread; owned
// by the function that uses it.
#pragma once
#include <memory>
#include <string>

#include "base/error.hpp"

struct sqlite3;

namespace apiforge::storage::detail {

class SqliteFile {
 public:
  /// StorageUnavailable when it is missing or cannot be opened.
  static Result<SqliteFile> open(const std::string& path);
  /// A new, empty one that its owner alone may read. AlreadyExists when there is a file.
  static Result<SqliteFile> create(const std::string& path);

  /// Replaces everything by what `source` holds at this moment, whoever else uses it.
  Result<void> copy_from(SqliteFile& source);
  /// StorageUnavailable when pages or indexes are broken.
  Result<void> check();
  /// The number in the first column of the first row.
  Result<int> number(const std::string& sql);
  Result<void> run(const std::string& sql);

 private:
  struct Close {
    void operator()(sqlite3* file) const;
  };
  SqliteFile(std::string path, sqlite3* file) : path_(std::move(path)), file_(file) {}
  static Result<SqliteFile> open_as(const std::string& path, int flags);
  std::unexpected<Error> fault() const;
  /// Runs `sql` and leaves the first column of the first row in `first`.
  Result<void> query(const std::string& sql, std::string& first);

  std::string path_;
  std::unique_ptr<sqlite3, Close> file_;
};

}  // namespace apiforge::storage::detail
