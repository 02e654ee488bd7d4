// Connection: one session with the database, and the statements prepared on it. Here, and nowhere
// else, the driver's exceptions become Errors. One thread at a time; owned by a pool.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "storage/sql/detail/sql_url.hpp"
#include "storage/sql/detail/statement.hpp"

namespace apiforge::storage::detail {

class Connection {
 public:
  using Visit = std::function<void(Statement& row)>;

  /// Connects. `setup` are statements that are run first of all.
  static Result<std::unique_ptr<Connection>> open(const SqlTarget& target,
                                                  const SqlSettings& settings, bool writes);

  Engine engine() const { return target_.engine; }

  /// Runs statements that are not worth preparing and return nothing: BEGIN, DDL, settings.
  Result<void> run(std::string_view sql);
  /// Calls `visit` for each row; returns how many there were. The statement is kept for next time.
  Result<std::size_t> query(const Query& query, Inputs inputs = {}, const Visit& visit = {});

  /// Whether a statement failed since the transaction began. PostgreSQL turns a COMMIT into a
  /// ROLLBACK then, without calling it an error.
  bool failed() const { return failed_; }
  void clear_failure() { failed_ = false; }
  /// Whether the connection to the server broke. SQLite has none that could.
  bool lost();

 private:
  explicit Connection(const SqlTarget& target) : target_(target) {}
  Result<void> set_up(const SqlSettings& settings, bool writes);
  /// Runs `work` and turns what it throws into an Error that names `sql`.
  template <class Work>
  auto guarded(std::string_view sql, Work work) -> Result<decltype(work())>;
  Error error_from(const std::exception& thrown, std::string_view sql) const;

  SqlTarget target_;
  soci::session session_;
  // After the session, which must outlive them.
  std::map<std::string, std::unique_ptr<Statement>, std::less<>> statements_;
  bool failed_ = false;
};

}  // namespace apiforge::storage::detail
