#include "storage/sql/sql_store.hpp"

#include "storage/sql/detail/database.hpp"

namespace apiforge::storage {

SqlStore::SqlStore(std::unique_ptr<detail::Database> database) : database_(std::move(database)) {}

SqlStore::~SqlStore() = default;

Result<std::unique_ptr<SqlStore>> SqlStore::open(const SqlSettings& settings, const Clock& clock) {
  const auto target = detail::parse_target(settings);
  if (!target) return std::unexpected(target.error());
  const bool sqlite = target->engine == detail::Engine::Sqlite;
  auto database = sqlite ? detail::open_sqlite(*target, settings, clock)
                         : detail::open_postgresql(*target, settings, clock);
  if (!database) return std::unexpected(std::move(database.error()));
  return std::unique_ptr<SqlStore>(new SqlStore(*std::move(database)));
}

Result<std::unique_ptr<Transaction>> SqlStore::begin(Scope scope, Mode mode) {
  auto begun = database_->begin(scope, mode);
  if (!begun) return std::unexpected(std::move(begun.error()));
  return std::make_unique<detail::SqlTransaction>(*std::move(begun), std::move(scope), mode,
                                                  database_->clock());
}

StoreHealth SqlStore::health() {
  return database_->health();
}

}  // namespace apiforge::storage
