// OperatorSession: the Authentication Center as a command of the command line uses it: with all
// permissions, named `cli` in the audit log. Main thread.
#pragma once
#include <memory>
#include <optional>
#include <string_view>

#include "app/identity.hpp"
#include "app/preparation.hpp"

namespace apiforge::app {

class OperatorSession {
 public:
  /// Settings, then the database. Null after the reasons were written to stderr; `status` is then
  /// the exit status.
  static std::unique_ptr<OperatorSession> open(int& status);

  Identity& identity() { return *identity_; }
  const Settings& settings() const { return preparation_.loaded.settings; }
  const Clock& clock() const { return clock_; }
  const auth::accounts::Actor& actor() const { return actor_; }
  /// By user name or email; NotFound names it.
  Result<storage::Stored<model::User>> find_user(std::string_view name);
  Result<std::unique_ptr<storage::Transaction>> begin(storage::Mode mode) {
    return identity_->store().begin(storage::Scope::platform(), mode);
  }

 private:
  OperatorSession() = default;

  Preparation preparation_;
  SystemClock clock_;
  auth::Caller caller_;
  auth::accounts::Actor actor_;
  std::unique_ptr<Identity> identity_;
};

}  // namespace apiforge::app
