// Text from callers as the audit log may hold it. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace apiforge::auth {

/// `text` with each control character and each byte that is not of well-formed UTF-8 (RFC 3629)
/// replaced by U+FFFD, cut between characters to at most `maximum` bytes.
std::string clean_text(std::string_view text, std::size_t maximum);

}  // namespace apiforge::auth
