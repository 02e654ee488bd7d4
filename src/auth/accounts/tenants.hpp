// Tenants: made, renamed, suspended and removed by the platform. See ports.hpp for threads.
#pragma once
#include <optional>
#include <string>

#include "auth/accounts/ports.hpp"
#include "storage/records.hpp"

namespace apiforge::auth::accounts {

struct TenantPatch {
  std::optional<std::string> name{};
  std::optional<bool> suspended{};
};

/// All need platform:manage, but that everyone may see one's own tenant. The platform's tenant can
/// neither be suspended nor removed: LastAdministrator.
class Tenants {
 public:
  explicit Tenants(const Ports& ports) : ports_(ports) {}

  /// AlreadyExists when the name is taken, ignoring case.
  Result<storage::Stored<model::Tenant>> create(const Actor& actor, const std::string& name) const;
  Result<storage::Stored<model::Tenant>> get(const Actor& actor, const model::TenantId& id) const;
  /// Without platform:manage only one's own.
  Result<Page<storage::Stored<model::Tenant>>> list(const Actor& actor,
                                                    const PageQuery& page) const;
  /// A suspended tenant's users and keys stop working at once.
  Result<storage::Stored<model::Tenant>> patch(const Actor& actor, const model::TenantId& id,
                                               const TenantPatch& patch, IfMatch if_match) const;
  /// With everything of it, but for its entries in the audit log.
  Result<void> remove(const Actor& actor, const model::TenantId& id, IfMatch if_match) const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::auth::accounts
