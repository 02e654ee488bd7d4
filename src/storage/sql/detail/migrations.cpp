#include "storage/sql/detail/migrations.hpp"

#include <fmt/format.h>

namespace apiforge::storage::detail {
namespace {

constexpr Query kHasTableSqlite{
    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'", "n"};
constexpr Query kHasTablePostgresql{
    "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
    " AND tablename = 'schema_migrations'",
    "n"};
constexpr Query kVersion{"SELECT COALESCE(MAX(version), 0) FROM schema_migrations", "n"};
constexpr Query kNoteVersion{
    "INSERT INTO schema_migrations (version, name, applied_at) VALUES (:version, :name, :at)"};

constexpr std::string_view kCreateTable =
    "CREATE TABLE schema_migrations"
    " (version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// Any number that no other program on the same server uses for an advisory lock.
constexpr std::string_view kLockPostgresql = "SELECT pg_advisory_xact_lock(4702111234474983745)";

constexpr std::string_view kSortedText = "SORTED_TEXT";

Result<std::int64_t> number_from(Connection& connection, const Query& query) {
  std::int64_t number = 0;
  auto done = connection.query(query, {}, [&](Statement& row) { number = row.number(0); });
  if (!done) return std::unexpected(std::move(done.error()));
  return number;
}

std::string in_dialect(Engine engine, std::string_view statement) {
  std::string sql(statement);
  const std::string_view type = engine == Engine::Sqlite ? "TEXT" : "TEXT COLLATE \"C\"";
  for (auto at = sql.find(kSortedText); at != std::string::npos; at = sql.find(kSortedText, at)) {
    sql.replace(at, kSortedText.size(), type);
  }
  return sql;
}

Result<void> run_all(Connection& connection, std::span<const std::string_view> statements,
                     WallTime now) {
  for (const std::string_view statement : statements) {
    const std::string sql = in_dialect(connection.engine(), statement);
    if (sql.find(":now") == std::string::npos) {
      if (auto done = connection.run(sql); !done) return done;
    } else {
      auto done = connection.query({sql}, {{"now", unix_milliseconds(now)}});
      if (!done) return std::unexpected(std::move(done.error()));
    }
  }
  return {};
}

/// Applies the first missing migration, if there is one, in the transaction that has begun. Returns
/// whether there was one.
Result<bool> apply_next(Connection& connection, std::span<const Migration> migrations,
                        WallTime now) {
  if (connection.engine() == Engine::Postgresql) {
    auto done = connection.run(kLockPostgresql);
    // Migrations see the rows of all tenants.
    if (done) done = connection.run("SET LOCAL apiforge.tenant = '*'");
    if (!done) return std::unexpected(std::move(done.error()));
  }
  // Read under the lock: another node may have been faster.
  const auto version = schema_version(connection);
  if (!version) return std::unexpected(version.error());
  if (auto known = require_known(*version, migrations); !known) {
    return std::unexpected(std::move(known.error()));
  }
  if (*version == static_cast<int>(migrations.size())) return false;
  const Migration& next = migrations[static_cast<std::size_t>(*version)];
  auto done = *version == 0 ? connection.run(kCreateTable) : Result<void>();
  if (done) done = run_all(connection, next.statements, now);
  if (done && connection.engine() == Engine::Postgresql) {
    done = run_all(connection, next.postgresql_statements, now);
  }
  if (!done) {
    done.error().context =
        fmt::format("migration {} ({}): {}", next.version, next.name, done.error().context);
    return std::unexpected(std::move(done.error()));
  }
  auto noted = connection.query(kNoteVersion, {{"version", std::int64_t{next.version}},
                                               {"name", next.name},
                                               {"at", unix_milliseconds(now)}});
  if (!noted) return std::unexpected(std::move(noted.error()));
  return true;
}

}  // namespace

Result<int> schema_version(Connection& connection) {
  const bool sqlite = connection.engine() == Engine::Sqlite;
  const auto tables = number_from(connection, sqlite ? kHasTableSqlite : kHasTablePostgresql);
  if (!tables) return std::unexpected(tables.error());
  if (*tables == 0) return 0;
  const auto version = number_from(connection, kVersion);
  if (!version) return std::unexpected(version.error());
  return static_cast<int>(*version);
}

Result<void> require_known(int version, std::span<const Migration> migrations) {
  if (version <= static_cast<int>(migrations.size())) return {};
  return fail(ErrorCode::InvalidConfiguration,
              fmt::format("The database has schema version {}, and this build of apiforge knows {}:"
                          " a newer build has used it. Start that build, or restore a backup.",
                          version, migrations.size()));
}

Result<void> migrate(Connection& connection, std::span<const Migration> migrations, WallTime now) {
  const std::string_view begin =
      connection.engine() == Engine::Sqlite ? "BEGIN IMMEDIATE" : "BEGIN";
  for (;;) {
    if (auto done = connection.run(begin); !done) return done;
    const auto applied = apply_next(connection, migrations, now);
    if (applied && *applied) {
      if (auto done = connection.run("COMMIT"); !done) return done;
      continue;
    }
    auto ended = connection.run("ROLLBACK");
    if (!applied) return std::unexpected(applied.error());
    return ended;
  }
}

}  // namespace apiforge::storage::detail
