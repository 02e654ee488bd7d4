// The audit log: what was changed or refused, by whom, from where. Entries form a chain: each holds
// a hash over the one before, so that a change of any shows (see audit_verify.hpp). Free functions
// in the caller's transaction; any thread of the blocking pool.
//
// Canonical form of an entry, over which SHA-256 gives its hash: the text `apiforge-audit-1`, the
// hash before (64 hexadecimal digits; kAuditGenesis for the first entry), then seq, at
// (milliseconds since 1970), tenant, actor, action, target, outcome, client, details as they are
// stored; numbers in decimal. Each of these eleven texts is preceded by its length as 8 bytes,
// big-endian.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "storage/store.hpp"

namespace apiforge::auth {

/// What stands as the hash before the first entry.
inline constexpr std::string_view kAuditGenesis =
    "0000000000000000000000000000000000000000000000000000000000000000";

struct AuditEvent {
  std::string tenant;   ///< empty: the platform's
  std::string actor;    ///< `user:<id>`, `key:<id>`, `zmq:<key>`, `cli`, `system`, `anonymous`
  std::string action;   ///< `user.create`, `api_key.rotate`, `access.refused`, ...
  std::string target;   ///< `user:<id>`, an API's name, a path
  std::string outcome;  ///< `ok` or the code of an error; empty: `ok`
  std::string client;   ///< address
  std::string details;  ///< a JSON object, from AuditDetails; empty: `{}`
};

/// Longer texts are cut; details longer than kMaximumDetails become a note of their size.
inline constexpr std::size_t kMaximumAuditText = 512;
inline constexpr std::size_t kMaximumAuditDetails = 64 << 10;

/// Appends an entry, in the transaction of the change that it tells of. Bytes that are not UTF-8 or
/// are control characters become U+FFFD, so that no caller can make the log refuse an entry.
Result<void> append_audit(storage::Transaction& transaction, const AuditEvent& event, WallTime now);

/// The hash that `entry` must have behind an entry with the hash `previous`.
std::string audit_hash(std::string_view previous, const storage::AuditEntry& entry);

/// What `GET /api/v1/auth/audit` asks for.
struct AuditFilter {
  std::string tenant;  ///< empty: all that the transaction's scope covers
  std::string actor;   ///< empty: any
  std::string action;  ///< empty: any; `user.*` matches a prefix
  std::optional<WallTime> from;
  std::optional<WallTime> to;  ///< exclusive
};

struct AuditPage {
  std::vector<storage::AuditEntry> entries;  ///< newest first
  std::string next_cursor;                   ///< empty: no more
};

inline constexpr std::uint32_t kMaximumAuditPage = 500;

/// Entries of the scope, `limit` (1..kMaximumAuditPage) a page. `cursor` is empty or the last
/// page's `next_cursor`; InvalidParameter for any other text or limit.
Result<AuditPage> read_audit(storage::Transaction& transaction, const AuditFilter& filter,
                             std::string_view cursor, std::uint32_t limit);

}  // namespace apiforge::auth
