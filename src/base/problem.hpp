// Bodies of error replies: application/problem+json (RFC 9457). Pure; any thread.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace apiforge {

inline constexpr std::string_view kProblemType = "application/problem+json";

/// One fault of a request body. Holds no value of the body, which may be a secret.
struct BodyFault {
  std::string pointer;  ///< JSON pointer (RFC 6901); empty: the body as a whole
  std::string message;  ///< what is allowed there
  friend bool operator==(const BodyFault&, const BodyFault&) = default;
};

/// `{type, title, status, detail, code, request_id}`, and `errors` when there are faults. What
/// limits and overload refuse has the registered types of
/// draft-ietf-httpapi-ratelimit-headers-11 section 8, and `violated-policies` with the name of the
/// limit that refused, when there is one.
std::string problem_body(const Error& error, std::string_view request_id,
                         std::span<const BodyFault> faults = {},
                         std::string_view violated_policy = {});

/// Appends `text` as the inside of a JSON string (RFC 8259 section 7); each byte that is not part
/// of well-formed UTF-8 becomes U+FFFD.
void append_json_text(std::string& out, std::string_view text);

}  // namespace apiforge
