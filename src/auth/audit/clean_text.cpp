#include "auth/audit/clean_text.hpp"

#include <algorithm>
#include <cstdint>

namespace apiforge::auth {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return index < text.size() ? static_cast<std::uint8_t>(text[index]) : 0;
}

bool is_between(std::uint8_t byte, std::uint8_t low, std::uint8_t high) {
  return byte >= low && byte <= high;
}

/// How many bytes the character at the beginning has (RFC 3629 4); 0 when there is none.
std::size_t character_size(std::string_view text) {
  const std::uint8_t first = byte_at(text, 0);
  const std::uint8_t second = byte_at(text, 1);
  const auto is_tail = [&](std::size_t index) { return (byte_at(text, index) & 0xC0) == 0x80; };
  if (first < 0x80) return 1;
  if (is_between(first, 0xC2, 0xDF)) return is_tail(1) ? 2 : 0;
  if (is_between(first, 0xE0, 0xEF)) {
    const bool is_overlong = first == 0xE0 && second < 0xA0;
    const bool is_surrogate = first == 0xED && second > 0x9F;
    return is_tail(1) && is_tail(2) && !is_overlong && !is_surrogate ? 3 : 0;
  }
  if (is_between(first, 0xF0, 0xF4)) {
    const bool is_overlong = first == 0xF0 && second < 0x90;
    const bool is_too_large = first == 0xF4 && second > 0x8F;
    return is_tail(1) && is_tail(2) && is_tail(3) && !is_overlong && !is_too_large ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t maximum) {
  std::string clean;
  clean.reserve(std::min(text.size(), maximum));
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::uint8_t first = byte_at(text, 0);
    const bool is_kept = size > 1 || (size == 1 && first >= 0x20 && first != 0x7F);
    const std::string_view next = is_kept ? text.substr(0, size) : kReplacement;
    if (clean.size() + next.size() > maximum) break;
    clean += next;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return clean;
}

}  // namespace apiforge::auth
