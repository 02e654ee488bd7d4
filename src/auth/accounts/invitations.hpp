// Invitations: a token with which one person registers into a tenant. See ports.hpp for threads.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "auth/accounts/ports.hpp"
#include "base/secret.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

struct NewInvitation {
  std::string email{};
  std::vector<std::string> roles{};
  std::optional<model::TenantId> tenant{};         ///< default: the caller's
  std::optional<std::chrono::seconds> lifetime{};  ///< 1 minute..30 days; default: the setting
};

struct CreatedInvitation {
  storage::Stored<model::Invitation> invitation;
  Secret token{};  ///< shown this once
};

/// All need auth:manage; NotFound for those of other tenants.
class Invitations {
 public:
  explicit Invitations(const Ports& ports) : ports_(ports) {}

  /// Forbidden when the roles have a permission that the caller does not have.
  Result<CreatedInvitation> create(const Actor& actor, const NewInvitation& invitation) const;
  Result<Page<storage::Stored<model::Invitation>>> list(
      const Actor& actor, const std::optional<model::TenantId>& tenant,
      const PageQuery& page) const;
  Result<void> revoke(const Actor& actor, const model::InvitationId& id) const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::auth::accounts
