// Reading claims (RFC 7519 4.1) from the payload of a token whose signature is known to be good.
// Types are strict: a number is never read from a text. Pure; any thread.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_token.hpp"
#include "auth/detail/compact_token.hpp"
#include "auth/detail/strict_json.hpp"

namespace apiforge::auth {

inline constexpr std::size_t kMaxRoles = 64;
inline constexpr std::size_t kMaxRoleBytes = 64;

/// The error of every refused token; the reason is for logs only.
std::unexpected<Error> invalid_credential(Refusal reason);

/// The payload as JSON.
OrRefusal<StrictJson> read_payload(std::string_view payload);

/// A text of 1 to `max_bytes` bytes.
OrRefusal<std::string> read_text(const StrictJson& claims, std::string_view name,
                                 std::size_t max_bytes);
/// An id as the model has them: `[A-Za-z0-9_-]{1,64}`.
OrRefusal<std::string> read_id(const StrictJson& claims, std::string_view name);

/// Fills in the times and judges them at `now`: `exp` and `iat` must be there, `nbf` may be absent
/// (then it is `iat`). Refuses the expired, the not yet valid and what was issued in the future.
OrRefusal<void> read_times(const StrictJson& claims, WallTime now, std::chrono::seconds leeway,
                           AccessClaims& out);

/// The roles in a list of texts; the node may be null, which is no roles.
OrRefusal<std::vector<std::string>> read_roles(const StrictJson& claims,
                                               const StrictJson::Node* node);

}  // namespace apiforge::auth
