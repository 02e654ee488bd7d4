#include "auth/audit/clean_text.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace apiforge::auth {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_control(char c) {
  return (c >= 0 && c < ' ') || c == '\x7F';
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t maximum) {
  std::string clean;
  clean.reserve(std::min(text.size(), maximum));
  while (!text.empty()) {
    const std::size_t size = leading_utf8_character(text);
    const bool is_kept = size > 0 && !is_control(text.front());
    const std::string_view next = is_kept ? text.substr(0, size) : kReplacement;
    if (clean.size() + next.size() > maximum) break;
    clean += next;
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return clean;
}

}  // namespace apiforge::auth
