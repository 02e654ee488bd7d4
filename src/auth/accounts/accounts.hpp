// Accounts: all use cases of accounts over one Ports value, for whoever offers them (REST, command
// line). Any thread of the blocking pool; owned by the application.
#pragma once
#include "auth/accounts/api_keys.hpp"
#include "auth/accounts/invitations.hpp"
#include "auth/accounts/ports.hpp"
#include "auth/accounts/registration.hpp"
#include "auth/accounts/roles.hpp"
#include "auth/accounts/sessions.hpp"
#include "auth/accounts/tenants.hpp"
#include "auth/accounts/users.hpp"

namespace apiforge::auth::accounts {

struct Accounts {
  explicit Accounts(Ports the_ports) : ports(std::move(the_ports)) {}
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  const Ports ports;  ///< first: the others refer to it
  Registration registration{ports};
  Sessions sessions{ports};
  Users users{ports};
  Tenants tenants{ports};
  Roles roles{ports};
  Invitations invitations{ports};
  ApiKeys api_keys{ports};
};

}  // namespace apiforge::auth::accounts
