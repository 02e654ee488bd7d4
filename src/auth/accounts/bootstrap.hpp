// The first administrator, made by `apiforge init` or from ADMIN_USERNAME and ADMIN_PASSWORD. See
// ports.hpp for threads.
#pragma once
#include <string>

#include "auth/accounts/ports.hpp"
#include "base/secret.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

struct FirstAdministrator {
  std::string username{};
  std::string email{};  ///< empty: `<username>@localhost`
  Secret password{};
};

/// Whether there is a user with the role `admin` on the platform, disabled ones included.
Result<bool> has_administrator(storage::Store& store);

/// AlreadyExists when there is one. `origin` is the actor in the audit log: `cli` or `system`.
/// The guard and the issuer of tokens are not used.
Result<storage::Stored<model::User>> create_administrator(const Ports& ports,
                                                          std::string_view origin,
                                                          const FirstAdministrator& administrator);

}  // namespace apiforge::auth::accounts
