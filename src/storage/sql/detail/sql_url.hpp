// The database URL, taken apart. Values; any thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "storage/sql/sql_store.hpp"

namespace apiforge::storage::detail {

enum class Engine : std::uint8_t { Sqlite, Postgresql };

struct SqlTarget {
  Engine engine = Engine::Sqlite;
  std::string file;  ///< of SQLite
  Secret url;        ///< of PostgreSQL, as libpq reads it
  /// What must not stand in a message: the URL and the password in it.
  std::vector<Secret> secrets;
};

/// InvalidConfiguration, whose text never repeats the URL.
Result<SqlTarget> parse_target(const SqlSettings& settings);

/// `message` with each of the secrets replaced by `***`, on one line.
std::string without_secrets(std::string message, const std::vector<Secret>& secrets);

}  // namespace apiforge::storage::detail
