// What tests of the gateway have in place of a connector and of the gateway's own endpoints.
#pragma once
#include <memory>
#include <span>
#include <string_view>

#include "connectors/connector.hpp"
#include "gateway/local_endpoints.hpp"
#include "model/api.hpp"

namespace apiforge::gateway {

/// Sends everything as it is.
class PlainConnector final : public connectors::Connector {
 public:
  std::span<const std::string_view> stripped_fields() const override { return {}; }
  Result<void> sign(connectors::SigningRequest&, WallTime) const override { return {}; }
};

inline Result<std::shared_ptr<const connectors::Connector>> make_plain(const model::Api&,
                                                                       const model::Credential*) {
  return std::make_shared<const PlainConnector>();
}

class NoLocalEndpoints final : public LocalEndpoints {
 public:
  bool owns(std::string_view) const override { return false; }
  net::Task<LocalReply> answer(LocalRequest) override { co_return LocalReply{}; }
};

}  // namespace apiforge::gateway
