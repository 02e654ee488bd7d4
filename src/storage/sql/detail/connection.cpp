#include "storage/sql/detail/connection.hpp"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace apiforge::storage::detail {
namespace {

/// Statements are made from a fixed set of texts; the bound guards against one that is not.
constexpr std::size_t kMaxStatements = 200;
constexpr std::size_t kShownSql = 60;
/// At most. A large transaction that outgrows the writer's cache writes pages more than once.
constexpr int kWriterCacheKiB = 65'536;
constexpr int kReaderCacheKiB = 16'384;
/// SQLSTATE of a unique violation (PostgreSQL, appendix A).
constexpr std::string_view kUniqueViolation = "23505";

/// Makes a libpq parameter of a URL, unless the URL has it.
void add_parameter(std::string& url, std::string_view name, std::string_view value) {
  if (url.find(std::string(name) + "=") != std::string::npos) return;
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += fmt::format("{}={}", name, value);
}

std::string postgresql_connection_text(const SqlTarget& target, const SqlSettings& settings) {
  std::string url(target.url.reveal());
  add_parameter(url, "connect_timeout", std::to_string(settings.connect_timeout.count()));
  add_parameter(url, "application_name", "apiforge");
  add_parameter(url, "client_encoding", "UTF8");
  // A database that vanished without a FIN is noticed within half a minute.
  add_parameter(url, "keepalives_idle", "10");
  add_parameter(url, "keepalives_interval", "5");
  add_parameter(url, "keepalives_count", "3");
  add_parameter(url, "tcp_user_timeout", "25000");
  return url;
}

/// SOCI takes `name=value` pairs and quotes for a value with spaces.
std::string sqlite_connection_text(const SqlTarget& target) {
  return fmt::format("db=\"{}\"", target.file);
}

bool is_unique_violation(const std::exception& thrown) {
  if (const auto* postgresql = dynamic_cast<const soci::postgresql_soci_error*>(&thrown)) {
    return postgresql->sqlstate() == kUniqueViolation;
  }
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&thrown);
  return sqlite && sqlite->result() == SQLITE_CONSTRAINT;
}

}  // namespace

template <class Work>
auto Connection::guarded(std::string_view sql, Work work) -> Result<decltype(work())> {
  try {
    return work();
  } catch (const std::exception& thrown) {
    failed_ = true;
    return std::unexpected(error_from(thrown, sql));
  }
}

Error Connection::error_from(const std::exception& thrown, std::string_view sql) const {
  // `what` of SOCI's errors would show the parameters, secrets among them.
  const auto* soci = dynamic_cast<const soci::soci_error*>(&thrown);
  std::string message = soci ? soci->get_error_message() : thrown.what();
  const auto code =
      is_unique_violation(thrown) ? ErrorCode::AlreadyExists : ErrorCode::StorageUnavailable;
  return {code,
          {},
          fmt::format("{} [{}]", without_secrets(std::move(message), target_.secrets),
                      sql.substr(0, kShownSql))};
}

Result<std::unique_ptr<Connection>> Connection::open(const SqlTarget& target,
                                                     const SqlSettings& settings, bool writes) {
  std::unique_ptr<Connection> connection(new Connection(target));
  const auto opened = connection->guarded("connect", [&] {
    if (target.engine == Engine::Sqlite) {
      connection->session_.open(soci::sqlite3, sqlite_connection_text(target));
    } else {
      connection->session_.open(soci::postgresql, postgresql_connection_text(target, settings));
    }
    return true;
  });
  if (!opened) return std::unexpected(opened.error());
  if (auto done = connection->set_up(settings, writes); !done) return std::unexpected(done.error());
  return connection;
}

Result<void> Connection::set_up(const SqlSettings& settings, bool writes) {
  std::vector<std::string> statements;
  if (target_.engine == Engine::Sqlite) {
    statements.push_back(fmt::format("PRAGMA busy_timeout = {}", settings.lock_timeout.count()));
    statements.emplace_back("PRAGMA synchronous = FULL");
    statements.emplace_back("PRAGMA foreign_keys = ON");
    statements.emplace_back("PRAGMA trusted_schema = OFF");
    statements.push_back(
        fmt::format("PRAGMA cache_size = -{}", writes ? kWriterCacheKiB : kReaderCacheKiB));
    if (!writes) statements.emplace_back("PRAGMA query_only = ON");
  } else {
    auto* backend = static_cast<soci::postgresql_session_backend*>(session_.get_backend());
    // The details of an error would show the values of the row.
    ::PQsetErrorVerbosity(backend->conn_, PQERRORS_TERSE);
    statements.push_back(fmt::format("SET lock_timeout = {}", settings.lock_timeout.count()));
    statements.push_back(
        fmt::format("SET statement_timeout = {}", settings.statement_timeout.count()));
    // A transaction that somebody forgot must not hold the lock on the heads for ever.
    statements.push_back(fmt::format("SET idle_in_transaction_session_timeout = {}",
                                     2 * settings.statement_timeout.count()));
    statements.emplace_back("SET synchronous_commit = on");
    statements.emplace_back("SET client_min_messages = error");
  }
  for (const std::string& statement : statements) {
    if (auto done = run(statement); !done) return done;
  }
  return {};
}

bool Connection::lost() {
  if (target_.engine == Engine::Sqlite) return false;
  const auto* backend = static_cast<soci::postgresql_session_backend*>(session_.get_backend());
  return ::PQstatus(backend->conn_) != CONNECTION_OK;
}

Result<void> Connection::run(std::string_view sql) {
  const auto done = guarded(sql, [&] {
    session_ << std::string(sql);
    return true;
  });
  if (!done) return std::unexpected(done.error());
  return {};
}

Result<std::size_t> Connection::query(const Query& query, Inputs inputs, const Visit& visit) {
  return guarded(query.sql, [&] {
    auto found = statements_.find(query.sql);
    if (found == statements_.end()) {
      if (statements_.size() >= kMaxStatements) statements_.clear();
      auto prepared = std::make_unique<Statement>(session_, query, inputs);
      found = statements_.emplace(std::string(query.sql), std::move(prepared)).first;
    }
    Statement& statement = *found->second;
    std::size_t rows = 0;
    for (bool more = statement.execute(inputs); more; more = statement.fetch()) {
      ++rows;
      if (visit) visit(statement);
    }
    return rows;
  });
}

}  // namespace apiforge::storage::detail
