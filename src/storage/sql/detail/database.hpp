// Database: what SQLite and PostgreSQL do differently: how a database is opened and how
// transactions begin. Any thread; owned by SqlStore.
#pragma once
#include <memory>

#include "base/clock.hpp"
#include "storage/sql/detail/sql_transaction.hpp"
#include "storage/sql/sql_store.hpp"

namespace apiforge::storage::detail {

class Database {
 public:
  explicit Database(const Clock& clock) : clock_(clock) {}
  virtual ~Database() = default;
  virtual Result<Begun> begin(const Scope& scope, Mode mode) = 0;
  virtual StoreHealth health() = 0;
  const Clock& clock() const { return clock_; }

 protected:
  const Clock& clock_;
};

Result<std::unique_ptr<Database>> open_sqlite(const SqlTarget& target, const SqlSettings& settings,
                                              const Clock& clock);
Result<std::unique_ptr<Database>> open_postgresql(const SqlTarget& target,
                                                  const SqlSettings& settings, const Clock& clock);

}  // namespace apiforge::storage::detail
