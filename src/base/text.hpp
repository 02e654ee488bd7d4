// Small text functions on ASCII. Pure; any thread.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace apiforge {

constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Equal but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);
/// Without leading and trailing spaces and tabs (the optional white space of RFC 9110 5.6.3).
std::string_view trim(std::string_view text);
/// Whether the path is that prefix or goes on behind it with `/`: by segments, so that `/orders`
/// holds `/orders/1` and not `/ordersheet`. A `/` at the end of the prefix means nothing; `/` and
/// an empty prefix hold everything.
bool is_at_or_below(std::string_view path, std::string_view prefix);
/// A decimal number of digits only: no sign, no space; nullopt when it does not fit 64 bits.
std::optional<std::uint64_t> parse_unsigned(std::string_view text);

/// Appends the pieces in a row, making room once. None of them may lie in `out`.
void append_all(std::string& out, std::initializer_list<std::string_view> pieces);

/// Calls `visit(element)` for each non-empty element of a comma-separated list, trimmed (RFC
/// 9110 5.6.1).
template <class Visit>
void for_each_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto element = trim(list.substr(0, comma));
    if (!element.empty()) visit(element);
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace apiforge
