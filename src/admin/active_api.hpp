// ActiveApi: an Api version as the workers have it at this moment, for statistics and for who may
// call it. A value, made from the Snapshot by the composition root.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/identity.hpp"

namespace apiforge::admin {

struct ActiveApi {
  struct Endpoint {
    std::string url;              ///< as configured
    std::optional<bool> healthy;  ///< as its health check says; nullopt without one
  };
  model::TenantId tenant;
  std::string name;
  std::string version;
  std::vector<Endpoint> endpoints;
  bool is_public = false;              ///< callable without a credential for the gateway
  model::PermissionSet permissions{};  ///< what callers need, unless it is public
};

}  // namespace apiforge::admin
