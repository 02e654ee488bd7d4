// ControlApi: the control plane over HTTP: finds the operation, checks who asks and what is sent
// against api/openapi.yaml, runs the use case, and makes the reply. Immutable after it is made; any
// thread of the blocking pool, as handlers wait for the database. Owned by the composition root.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/active_api.hpp"
#include "admin/control_request.hpp"
#include "admin/quota/quota_ports.hpp"
#include "auth/audit/audit_verify.hpp"
#include "auth/vault/vault.hpp"
#include "observe/health.hpp"
#include "observe/metrics_reading.hpp"

namespace apiforge::auth::accounts {
struct Accounts;
}

namespace apiforge::catalogue {
struct Catalogue;
}

namespace apiforge::admin {

/// What the operations stand on; all of it outlives the ControlApi.
struct ControlPorts {
  const auth::accounts::Accounts& accounts;
  const auth::Vault& vault;  ///< seals replies that are kept for `Idempotency-Key`
  const catalogue::Catalogue& catalogue;
  /// Brings committed changes of identities and of the catalogue into force on every worker.
  std::function<Result<void>()> publish;
  std::function<std::string()> jwks;  ///< the public keys of access tokens, as JSON
  std::function<observe::HealthReport()> auth_health;
  std::function<Result<auth::AuditReport>()> verify_audit;
  std::function<observe::HealthReport()> gateway_health;  ///< of `upstreams` and `catalogue`
  std::function<observe::CallReading()> calls;            ///< MetricsRegistry::read_calls
  std::function<std::vector<ActiveApi>()> active_apis;    ///< of the Snapshot that is in force
  /// The versions of one Api in it; none when there is no such Api.
  std::function<std::vector<ActiveApi>(std::string_view name)> active_versions;
  QuotaPorts quota{};
};

class ControlApi {
 public:
  /// InvalidConfiguration when the embedded document is not one that this build understands.
  static Result<std::unique_ptr<ControlApi>> make(ControlPorts ports);
  ~ControlApi();

  /// Any thread: whether a canonical path is answered here, be it with 404. Cheap.
  static bool owns(std::string_view path);
  /// Every failure becomes a problem reply.
  ControlReply handle(const ControlRequest& request) const;
  /// Forgets replies kept for `Idempotency-Key` that nobody can ask for any more; to be called
  /// hourly. Says how many.
  Result<std::size_t> purge_expired() const;

 private:
  struct State;
  explicit ControlApi(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state_;
};

/// api/openapi.yaml as JSON.
std::string_view openapi_json();

}  // namespace apiforge::admin
