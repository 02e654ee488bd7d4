#include "base/in_quotes.hpp"

namespace apiforge {
namespace {

constexpr std::size_t kMaxShown = 64;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text.substr(0, kMaxShown)) result += is_control(c) ? '?' : c;
  if (text.size() > kMaxShown) result += "...";
  return result + "'";
}

}  // namespace apiforge
