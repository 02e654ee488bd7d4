// The digits of ids and keys: letters and digits only, so that a double click selects the whole.
// Pure; any thread.
#pragma once
#include <algorithm>
#include <string_view>

namespace apiforge::auth {

inline constexpr std::string_view kBase62Digits =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

constexpr bool is_base62(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
}

}  // namespace apiforge::auth
