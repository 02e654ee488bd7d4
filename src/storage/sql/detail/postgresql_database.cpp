// PostgreSQL: one pool of connections for all; writers wait for the row of heads, and row-level
// security is told whose rows the transaction may see.
#include "storage/sql/detail/database.hpp"
#include "storage/sql/detail/migrations.hpp"

namespace apiforge::storage::detail {
namespace {

constexpr std::string_view kBeginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
// Each statement of a writer sees what was committed before the heads became its own.
constexpr std::string_view kBeginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED";
constexpr Query kSetTenant{"SELECT set_config('apiforge.tenant', :tenant, true)", "t"};
constexpr Query kBypasses{
    "SELECT count(*) FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)",
    "n"};
constexpr const char* kBypassWarning =
    "The database user is a superuser or has BYPASSRLS, so PostgreSQL does not enforce the second "
    "wall between tenants. Connect as an ordinary user.";

Result<Heads> start(Connection& connection, const Scope& scope, Mode mode) {
  connection.clear_failure();
  const bool reads = mode == Mode::Read;
  if (auto begun = connection.run(reads ? kBeginRead : kBeginWrite); !begun) {
    return std::unexpected(std::move(begun.error()));
  }
  const std::string_view tenant = scope.is_platform() ? std::string_view("*") : scope.tenant;
  if (auto set = connection.query(kSetTenant, {{"tenant", tenant}}); !set) {
    return std::unexpected(std::move(set.error()));
  }
  // Counters have nothing to do with revisions: their rows are locked one by one.
  return read_heads(connection, mode == Mode::Write);
}

class PostgresqlDatabase final : public Database {
 public:
  PostgresqlDatabase(const SqlTarget& target, const SqlSettings& settings, const Clock& clock)
      : Database(clock), pool_(settings.connections, settings.lock_timeout, [=] {
          return Connection::open(target, settings, true);
        }) {}

  Result<void> prepare() {
    auto connection = pool_.acquire();
    if (!connection) return std::unexpected(std::move(connection.error()));
    if (auto done = migrate(**connection, all_migrations(), clock_.wall()); !done) return done;
    const auto bypasses = (*connection)->query(kBypasses, {}, [this](Statement& row) {
      bypasses_row_security_ = row.number(0) > 0;
    });
    if (!bypasses) return std::unexpected(bypasses.error());
    return {};
  }

  Result<Begun> begin(const Scope& scope, Mode mode) override {
    for (;;) {
      auto connection = pool_.acquire();
      if (!connection) return std::unexpected(std::move(connection.error()));
      auto heads = start(**connection, scope, mode);
      if (heads) return Begun{*std::move(connection), *std::move(heads)};
      const bool again = connection->reused() && (*connection)->lost();
      if (!(*connection)->run("ROLLBACK")) connection->discard();
      // An idle connection dies with the server and nobody notices; a new one says how things are.
      // Each turn has one connection less that was used before, so this ends.
      if (!again) return std::unexpected(std::move(heads.error()));
    }
  }

  StoreHealth health() override {
    const auto begun = begin(Scope::platform(), Mode::Read);
    if (!begun) return {.ok = false, .detail = begun.error().context};
    if (auto ended = begun->connection->run("ROLLBACK"); !ended) {
      return {.ok = false, .detail = ended.error().context};
    }
    return {.ok = true, .detail = bypasses_row_security_ ? kBypassWarning : ""};
  }

 private:
  ConnectionPool pool_;
  bool bypasses_row_security_ = false;  ///< written before the database is shared
};

}  // namespace

Result<std::unique_ptr<Database>> open_postgresql(const SqlTarget& target,
                                                  const SqlSettings& settings, const Clock& clock) {
  auto database = std::make_unique<PostgresqlDatabase>(target, settings, clock);
  if (auto ready = database->prepare(); !ready) return std::unexpected(std::move(ready.error()));
  return database;
}

}  // namespace apiforge::storage::detail
