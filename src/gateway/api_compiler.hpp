// ApiCompiler: makes a CompiledApi of what is configured. Part of compile_snapshot; one thread.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "gateway/snapshot.hpp"

namespace apiforge::gateway {

class ApiCompiler {
 public:
  /// What both refer to must outlive this. `previous` may be null.
  ApiCompiler(const std::vector<ConnectorEntry>& connectors, const Snapshot* previous)
      : connectors_(connectors), previous_(previous) {}

  /// `older` is the compiled form that the same name and version had before, or null: what is known
  /// of its endpoints goes on, and so do its breakers while their rules (`breakers`) are the same.
  /// Fails with InvalidConfiguration.
  Result<std::shared_ptr<CompiledApi>> compile(const std::shared_ptr<const model::Api>& api,
                                               std::shared_ptr<const model::Credential> credential,
                                               BreakerRulePair breakers, const CompiledApi* older);

 private:
  // TLS contexts are dear (the system's roots are parsed for each), and most Apis want the same
  // one.
  Result<std::shared_ptr<net::TlsClientContext>> tls_context(const model::UpstreamTls& tls);
  std::shared_ptr<net::TlsClientContext> tls_context_of_before(const model::UpstreamTls& tls) const;
  Result<void> add_endpoints(CompiledApi& api, const CompiledApi* older);

  using Text = std::optional<std::string>;
  using TlsKey = std::tuple<bool, Text, Text, Text>;

  const std::vector<ConnectorEntry>& connectors_;
  const Snapshot* previous_;
  std::map<TlsKey, std::shared_ptr<net::TlsClientContext>> tls_;
};

}  // namespace apiforge::gateway
