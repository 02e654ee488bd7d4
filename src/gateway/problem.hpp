// Error replies: application/problem+json (RFC 9457). Pure; any thread.
#pragma once
#include <string>

#include "base/error.hpp"

namespace apiforge::gateway {

inline constexpr std::string_view kProblemType = "application/problem+json";

/// The body: type, title, status, detail, code, request_id.
std::string problem_body(const Error& error, std::string_view request_id);
/// A whole HTTP/1.1 message that closes its connection, for requests that could not be parsed.
std::string problem_message(const Error& error, std::string_view request_id);
/// Appends `text` as the inside of a JSON string (RFC 8259 section 7); each byte beyond ASCII
/// becomes U+FFFD, so that the result is UTF-8 whatever came in.
void append_json_text(std::string& out, std::string_view text);

}  // namespace apiforge::gateway
