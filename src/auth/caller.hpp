// Caller: who makes a request, as found from the credential, and what that credential may do. An
// immutable value, made by Authenticator; any thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/identity.hpp"

namespace apiforge::auth {

/// What a key may be used for, and from where.
struct KeyRestrictions {
  bool all_apis = true;
  std::vector<std::string> apis;      ///< names of Apis, unless all
  std::vector<model::Cidr> networks;  ///< where it may be used from; empty: anywhere
  friend bool operator==(const KeyRestrictions&, const KeyRestrictions&) = default;
};

struct Caller {
  model::TenantId tenant;
  model::UserId user;                  ///< of a key: its owner
  std::optional<model::ApiKeyId> key;  ///< absent for an access token
  model::SessionId session;            ///< of an access token of ours; else empty
  bool external = false;               ///< `user` is the subject of another issuer's token
  std::string label;                   ///< for logs: `key:<id>` or `user:<name>`
  model::PermissionSet permissions;    ///< in force at this moment
  std::shared_ptr<const KeyRestrictions> restrictions;  ///< null: none
};

}  // namespace apiforge::auth
