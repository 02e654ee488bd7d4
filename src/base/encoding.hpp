// Text encodings of bytes: hexadecimal, Base64 and percent-encoding. Pure functions; any thread.
// Each encoder has an append variant, so that a signature lands in its target without a temporary.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace apiforge {

using ByteView = std::span<const std::uint8_t>;

/// The bytes of a text.
inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Lower-case hexadecimal, two digits a byte (RFC 4648 8, but lower case as providers expect).
void append_hex(std::string& out, ByteView bytes);
std::string hex(ByteView bytes);

/// Base64 with the standard alphabet and padding (RFC 4648 4).
void append_base64(std::string& out, ByteView bytes);
std::string base64(ByteView bytes);
/// The bytes of a canonical Base64 text: nullopt for a foreign character, white space, missing or
/// misplaced padding, and unused bits that are not zero. Each value has exactly one text.
std::optional<std::string> base64_decode(std::string_view text);

/// Percent-encodes everything but the unreserved characters `A-Z a-z 0-9 - . _ ~` (RFC 3986 2.3),
/// with upper-case digits. A space becomes `%20`, never `+`.
void append_percent_encoded(std::string& out, std::string_view text);
std::string percent_encode(std::string_view text);
/// Replaces each `%HH` by its byte; `+` stays `+`. nullopt when a `%` is not followed by two
/// hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

/// The value of a hexadecimal digit of either case, or -1.
constexpr int hex_digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace apiforge
