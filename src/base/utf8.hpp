// UTF-8 (RFC 3629): the length of what is well formed. Pure; any thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace apiforge {

/// The number of bytes of the well-formed character that `text` begins with; 0 when there is none:
/// at the end, and for overlong forms, surrogates and values beyond U+10FFFF.
std::size_t leading_utf8_character(std::string_view text);

/// How many characters (code points) a text has; nullopt when it is not well formed.
std::optional<std::size_t> utf8_length(std::string_view text);

}  // namespace apiforge
