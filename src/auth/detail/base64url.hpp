// Base64 with the URL-safe alphabet and without padding, as tokens and keys use it (RFC 7515 2).
// Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/encoding.hpp"

namespace apiforge::auth {

std::string base64url(ByteView bytes);
/// Appends the digits without a temporary.
void append_base64url(std::string& out, ByteView bytes);

/// The bytes of a canonical text: nullopt for foreign characters, padding, and unused bits that are
/// not zero. Each value has exactly one text, so that no token has two spellings.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace apiforge::auth
