// Apis: the use cases of stored Apis. Those that the configuration file declares are shown beside
// them and cannot be changed here. See ports.hpp for threads.
//
// An Api belongs to a tenant; callers see those of their own tenant, the platform sees all. All
// versions of one name are of one tenant.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/refused.hpp"
#include "catalogue/openapi_import.hpp"
#include "catalogue/ports.hpp"

namespace apiforge::catalogue {

struct StoredApi {
  model::Api value;
  std::uint64_t revision = 0;  ///< of a declared one 0, as its times
  WallTime created_at{};
  WallTime updated_at{};
  bool declared = false;  ///< by the configuration file
};

struct ApiQuery {
  std::optional<model::ApiKind> kind{};
  std::optional<bool> enabled{};
  std::string text{};                       ///< a part of name or description, in any case
  std::optional<model::TenantId> tenant{};  ///< default: all that the caller sees
  PageQuery page{};
};

/// Reading needs gateway:read, changing gateway:write. NotFound for what the caller does not see.
/// What is wrong with an Api is InvalidBody with all its faults, whose pointers go into the JSON
/// form of the Api.
class Apis {
 public:
  explicit Apis(const Ports& ports) : ports_(ports) {}

  /// `api.tenant` is not looked at: the Api becomes one of `tenant`, which defaults to the
  /// caller's. AlreadyExists when there is this version, or when the name is another tenant's.
  Checked<StoredApi> create(const Actor& actor, model::Api api,
                            const std::optional<model::TenantId>& tenant = {}) const;

  /// Without a version: the default one, or the only one, or the last by name.
  Result<StoredApi> get(const Actor& actor, std::string_view name,
                        const std::optional<std::string>& version = {}) const;

  /// In the order of names, then of versions. The cursor of a page is `name@version`.
  Result<Page<StoredApi>> list(const Actor& actor, const ApiQuery& query) const;

  /// Replaces the version that `get` shows for these arguments by `api`, which has the same name
  /// and version. An Api that becomes the default version takes that from the one that was it.
  /// DeclaredInFile, VersionConflict.
  Checked<StoredApi> replace(const Actor& actor, std::string_view name,
                             const std::optional<std::string>& version, model::Api api,
                             IfMatch if_match) const;

  /// Removes one version, or without one all stored versions of the name; `if_match` is compared
  /// with the one that `get` shows. DeclaredInFile when it, or without a version the only one, is
  /// declared; ResourceInUse while a mirror or a fallback of another Api leads to it.
  Result<void> remove(const Actor& actor, std::string_view name,
                      const std::optional<std::string>& version, IfMatch if_match) const;

  /// Creates the Api that an OpenAPI document describes. Faults have pointers into the document,
  /// or into the Api for what `create` finds.
  Checked<StoredApi> import(const Actor& actor, std::string_view document,
                            const ImportOptions& options,
                            const std::optional<model::TenantId>& tenant = {}) const;

 private:
  const Ports& ports_;
};

}  // namespace apiforge::catalogue
