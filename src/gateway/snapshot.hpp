// Snapshot: the immutable, compiled form of the configuration, which the workers read. Built on the
// control thread, shared by all workers, replaced as a whole.
//
// One Api among thousands changes at a time. So the Apis are handed in as shared values: the same
// pointer as before is the same Api, and neither copied nor compared.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.hpp"
#include "connectors/connector.hpp"
#include "gateway/call_rules.hpp"
#include "gateway/endpoint_health.hpp"
#include "gateway/event_gate.hpp"
#include "gateway/request_contract.hpp"
#include "gateway/whole_reply.hpp"
#include "model/api.hpp"
#include "model/permission.hpp"
#include "model/url.hpp"
#include "net/tls_context.hpp"
#include "policy/breaker.hpp"
#include "policy/retry.hpp"
#include "policy/route_table.hpp"
#include "policy/transform.hpp"
#include "policy/version_choice.hpp"
#include "quota/breaker_view.hpp"
#include "quota/limit_book.hpp"

namespace apiforge::gateway {

/// No index, no slot.
inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

/// All that is configured of Apis, as values that nobody changes any more.
struct Catalogue {
  std::vector<std::shared_ptr<const model::Api>> apis;
  std::vector<std::shared_ptr<const model::Credential>> credentials;
  std::vector<std::shared_ptr<const model::Quota>> quotas{};
  std::vector<std::shared_ptr<const model::BreakerRule>> breakers{};
  /// Requests per second of each caller where no quota in requests holds; 0: none.
  std::uint32_t default_rate = 0;
};

/// Copies: for a configuration that was read anew.
Catalogue catalogue_of(const model::Configuration& configuration);

struct CompiledEndpoint {
  std::string url;  ///< as configured; names the endpoint in metrics and logs
  model::UpstreamUrl parts;
  std::string authority;  ///< the Host field
  std::uint32_t weight = 1;
  /// What its checks have found; null without checks. Shared with earlier Snapshots.
  std::shared_ptr<EndpointHealth> health;
  bool added = false;  ///< the Api was there before, and did not have it: it may start slowly
  /// Null without a rule. Shared with earlier Snapshots while its rule is the same.
  std::shared_ptr<policy::Breaker> breaker;
};

/// Kinds of failure that a step of the fallback chain may be for.
enum FailureKind : std::uint8_t {
  kConnectFailure = 1,
  kTimeoutFailure = 2,
  kServerErrorFailure = 4,
  kTooManyRequestsFailure = 8,
  kNoEndpointFailure = 16,
  // What the gateway refuses itself.
  kBreakerOpenFailure = 32,
  kQuotaFailure = 64,
  kShedFailure = 128
};

/// Kinds of failure that a breaker may count.
enum BreakerCount : std::uint8_t {
  kCountsServerErrors = 1,
  kCountsTooManyRequests = 2,
  kCountsTimeouts = 4,
  kCountsConnecting = 8
};

struct CompiledFallback {
  const model::Fallback* config = nullptr;
  std::uint8_t on = 0;  ///< bits of FailureKind
  WholeReply reply;     ///< of kind Reply
  std::string label;    ///< value of X-Fallback
};

/// What leads to an Api, before the versions of a name are put together.
struct CompiledRoute {
  model::Route route;
  std::string label;    ///< names it in errors
  bool pinned = false;  ///< it names the version itself
};

/// The breaker rules in force for an Api version; null where there is none.
struct BreakerRulePair {
  std::shared_ptr<const model::BreakerRule> api;       ///< for the Api as a whole
  std::shared_ptr<const model::BreakerRule> endpoint;  ///< for each of its endpoints
};

/// One Api version, ready for calls. Immutable but for the atomics of its connector.
struct CompiledApi {
  explicit CompiledApi(std::shared_ptr<const model::Api> api)
      : source(std::move(api)), config(*source) {}

  std::shared_ptr<const model::Api> source;
  const model::Api& config;
  std::shared_ptr<const model::Credential> credential;
  /// Small and stable: the same for the same name and version while it stays, and unique in a
  /// Snapshot. Workers keep what they have of the Api at this place.
  std::uint32_t slot = kNone;
  /// Stable too, and no other Api of this process gets it when this one is gone.
  std::uint64_t number = 0;
  std::shared_ptr<const connectors::Connector> connector;
  std::shared_ptr<net::TlsClientContext> tls;  ///< null when no endpoint uses TLS
  std::vector<CompiledEndpoint> endpoints;
  policy::RetryRule retry;
  model::PermissionSet permissions;                  ///< what callers need, unless it is public
  std::optional<policy::CompiledTransform> shape;    ///< of requests; absent: nothing to do
  std::optional<policy::CompiledTransform> reshape;  ///< of replies
  std::unique_ptr<const RequestContract> contract;   ///< null: requests are not checked
  std::vector<CompiledFallback> fallback;
  std::uint8_t fallback_kinds = 0;  ///< bits of FailureKind that any step is for
  CallRules call_rules;
  BreakerRulePair breaker_rules;
  std::uint8_t api_breaker_counts = 0;       ///< bits of BreakerCount
  std::uint8_t endpoint_breaker_counts = 0;  ///< bits of BreakerCount
  std::shared_ptr<policy::Breaker> breaker;  ///< of the Api as a whole; null without a rule
  /// Of events that calls were shed.
  mutable std::array<EventGate, model::kPriorityClasses> shed_gates{};
  std::string version_lines;  ///< Deprecation, Sunset and Link, ready to send; often empty
  std::vector<CompiledRoute> routes;
};

/// All versions of one name.
struct VersionGroup {
  std::vector<std::uint32_t> versions;    ///< indexes of Snapshot::apis
  std::uint32_t default_version = kNone;  ///< one of them
  std::uint32_t choice = kNone;           ///< index of Snapshot::choices, when there are weights
};

/// What a route leads to: one version, or those that share the route.
struct RouteTarget {
  std::uint32_t api = kNone;  ///< when neither the caller nor weights choose
  std::uint32_t group = 0;
  std::uint32_t choice = kNone;
  bool pinned = false;  ///< X-API-Version has no say
};

/// Weights, and what they are of.
struct WeightedVersions {
  policy::VersionChoice choice;
  std::vector<std::uint32_t> apis;
  std::uint64_t salt = 0;  ///< so that a caller is not early everywhere
};

/// The limits in force, and what goes with them.
struct CompiledLimits {
  std::vector<std::shared_ptr<const model::Quota>> quotas;  ///< of which `book` was compiled
  std::uint32_t default_rate = 0;
  std::shared_ptr<const quota::LimitBook> book;
  bool look_at_paths = false;  ///< a quota is for some paths only
  /// Of events that a limit was exceeded; each limit of the book has one.
  mutable std::unordered_map<const quota::CompiledLimit*, EventGate> gates{};
};

struct Snapshot {
  std::uint64_t revision = 0;
  std::vector<std::shared_ptr<const CompiledApi>> apis;
  /// Never null; values are indexes into `targets`. Shared with the Snapshot before while no route
  /// has changed.
  std::shared_ptr<const policy::RouteTable> routes;
  std::vector<RouteTarget> targets;
  std::vector<const CompiledRoute*> sources;  ///< of `targets`, in `apis`
  std::vector<VersionGroup> groups;
  std::vector<WeightedVersions> choices;
  std::unordered_map<std::string_view, std::uint32_t> group_by_name;
  std::vector<std::uint32_t> by_slot;  ///< indexes of `apis`; kNone where nothing is
  std::uint64_t last_number = 0;       ///< that an Api was given
  /// Never null. Shared with the Snapshot before while no quota has changed.
  std::shared_ptr<const quota::LimitBook> limits;
  std::shared_ptr<const CompiledLimits> compiled_limits;  ///< never null: `limits` and more

  const VersionGroup* find_group(std::string_view name) const;
  /// Index of that version of a group, or kNone.
  std::uint32_t find_version(const VersionGroup& group, std::string_view version) const;
};

/// A connector of this build, by the name that configurations use.
struct ConnectorEntry {
  std::string_view name;
  connectors::ConnectorFactory make;
};

/// Compiles a validated configuration. What is unchanged since `previous` (may be null) is shared
/// with it, so that clocks, counters and connections of those Apis go on undisturbed. Fails with
/// InvalidConfiguration naming the Api.
Result<std::shared_ptr<const Snapshot>> compile_snapshot(
    const Catalogue& catalogue, const std::vector<ConnectorEntry>& connectors,
    const Snapshot* previous);

/// All breakers of a Snapshot, in the order of its Apis, for whoever shows or moves them.
std::vector<quota::BreakerView> breaker_views(const Snapshot& snapshot);

}  // namespace apiforge::gateway
