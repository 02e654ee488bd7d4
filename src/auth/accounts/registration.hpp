// Registration: strangers become users, of a tenant of their own or of the one that invited them.
// See ports.hpp for threads.
#pragma once
#include <optional>
#include <string>

#include "auth/accounts/ports.hpp"
#include "base/secret.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

struct RegistrationRequest {
  std::string username{};                   ///< `[A-Za-z0-9._-]{3,64}`
  std::string email{};                      ///< at most 254 bytes
  Secret password{};                        ///< see check_password
  std::optional<std::string> tenant{};      ///< the name of the new tenant; default: the user name
  std::optional<std::string> invitation{};  ///< its token: no tenant is made
};

class Registration {
 public:
  explicit Registration(const Ports& ports) : ports_(ports) {}

  /// RegistrationClosed without an invitation unless registration is open. AlreadyExists says
  /// whether the user name, the email or the tenant is taken. InvalidValue for what breaks a rule,
  /// and for an invitation that is unknown, used, expired or for another email.
  Result<storage::Stored<model::User>> register_user(const Actor& actor,
                                                     const RegistrationRequest& request) const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::auth::accounts
