// Credentials: the use cases of secrets for upstreams. They are written and never read back: what
// is shown is masked. See ports.hpp for threads.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "auth/vault/credential_store.hpp"
#include "base/refused.hpp"
#include "catalogue/ports.hpp"

namespace apiforge::catalogue {

struct CredentialView {
  model::TenantId tenant{};
  auth::MaskedCredential shown{};  ///< of a declared one without revision and times
  bool declared = false;           ///< by the configuration file
};

struct NewCredential {
  std::string name{};
  std::string kind{};
  std::map<std::string, Secret> fields{};
  std::optional<model::TenantId> tenant{};  ///< default: the caller's
};

/// Reading needs gateway:read, changing gateway:write. `tenant` defaults to the caller's; NotFound
/// for one that the caller does not see. Values that a kind does not allow are InvalidBody with
/// faults whose pointers go into `{name, kind, fields}`.
class Credentials {
 public:
  explicit Credentials(const Ports& ports) : ports_(ports) {}

  /// AlreadyExists; DeclaredInFile when the file has one of this name.
  Checked<CredentialView> create(const Actor& actor, const NewCredential& credential) const;
  Result<CredentialView> get(const Actor& actor, const std::optional<model::TenantId>& tenant,
                             std::string_view name) const;
  /// In the order of names, the declared ones among them. The cursor of a page is a name.
  Result<Page<CredentialView>> list(const Actor& actor,
                                    const std::optional<model::TenantId>& tenant,
                                    const PageQuery& page) const;
  /// New fields under the same name and kind; the old ones are gone at once. DeclaredInFile,
  /// VersionConflict.
  Checked<CredentialView> rotate(const Actor& actor, const std::optional<model::TenantId>& tenant,
                                 std::string_view name, const std::map<std::string, Secret>& fields,
                                 IfMatch if_match) const;
  /// ResourceInUse, naming one, while an Api of the tenant signs with it; DeclaredInFile.
  Result<void> remove(const Actor& actor, const std::optional<model::TenantId>& tenant,
                      std::string_view name, IfMatch if_match) const;

 private:
  auth::CredentialStore store() const { return auth::CredentialStore(ports_.vault); }

  const Ports& ports_;
};

}  // namespace apiforge::catalogue
