// Record: one stored thing in its general form: a kind, an id, a tenant and a JSON body. The typed
// face of each kind is in records.hpp. Values; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace apiforge::storage {

/// The names are stored; a value never changes its meaning.
enum class Kind : std::uint8_t {
  Tenant,
  User,
  ApiKey,
  Session,
  RefreshToken,
  Invitation,
  Role,
  Credential,      ///< sealed secrets for upstreams
  DataKey,         ///< per-tenant keys of the vault, wrapped by the master key
  SigningKey,      ///< of access tokens, sealed
  IdempotencyKey,  ///< replies to creating requests, for 24 h
  Api,             ///< what callers can call, and how
  Quota,           ///< limits, quotas and budgets
  CircuitBreaker,  ///< rules
  AlertRule,
  AlertDelivery,  ///< what somebody still has to be told of an alert
};
inline constexpr std::size_t kKindCount = 16;
/// `api_key`, ...
std::string_view name_of(Kind kind);
std::optional<Kind> parse_kind(std::string_view name);

struct Record {
  Kind kind = Kind::Tenant;
  std::string id;      ///< unique in its kind
  std::string tenant;  ///< whose it is
  std::string owner;   ///< what it belongs to, for lists: the user of a key, the session of a token
  std::vector<std::string> names;  ///< further unique keys in the kind: a user's name and email
  std::string body;                ///< a JSON object
  /// Of the configuration when it was last written: version for ETag and compare-and-swap, and
  /// place in the order of all changes.
  std::uint64_t revision = 0;
  WallTime created_at{};  ///< to the millisecond
  WallTime updated_at{};
  bool removed = false;  ///< only in a list of changes
  friend bool operator==(const Record&, const Record&) = default;
};

/// One entry of the audit log (see auth/audit).
struct AuditEntry {
  std::uint64_t seq = 0;  ///< 1, 2, 3... without gaps
  WallTime at{};          ///< to the millisecond
  std::string tenant;
  std::string actor;    ///< `user:<id>`, `key:<id>`, `cli`, `system`, `anonymous`
  std::string action;   ///< `user.create`, `api_key.rotate`, `access.refused`, ...
  std::string target;   ///< `user:<id>`, an API's name, a path
  std::string outcome;  ///< `ok` or the code of an error
  std::string client;   ///< address
  std::string details;  ///< a JSON object: before and after, without secrets
  std::string hash;     ///< hexadecimal SHA-256 over the hash before and this entry
  friend bool operator==(const AuditEntry&, const AuditEntry&) = default;
};

/// A counter of a quota in one period of the calendar.
struct UsageKey {
  std::string quota;    ///< `tenant/name`
  std::string subject;  ///< which of the quota's counters
  std::string tenant;   ///< whose quota it is
  WallTime period_start{};
  friend bool operator==(const UsageKey&, const UsageKey&) = default;
};
struct Usage {
  UsageKey key{};
  std::int64_t used = 0;
  friend bool operator==(const Usage&, const Usage&) = default;
};

/// What a taker got of a counter.
struct TakenUsage {
  std::int64_t units = 0;
  std::int64_t left = 0;  ///< below the bound, for all who come after
  friend bool operator==(const TakenUsage&, const TakenUsage&) = default;
};

/// A signed statement about the chain up to an entry.
struct AuditCheckpoint {
  std::uint64_t seq = 0;
  std::string hash;
  WallTime at{};
  std::string signature;  ///< hexadecimal Ed25519
  friend bool operator==(const AuditCheckpoint&, const AuditCheckpoint&) = default;
};

}  // namespace apiforge::storage
