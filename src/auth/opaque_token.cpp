#include "auth/opaque_token.hpp"

#include <algorithm>

#include "auth/detail/sodium.hpp"

namespace apiforge::auth {
namespace {

constexpr std::size_t kTokenDigits = 43;

}  // namespace

std::string make_id(int length) {
  return random_base62(static_cast<std::size_t>(std::max(1, length)));
}

Secret make_opaque_token(std::string_view prefix) {
  std::string text(prefix);
  text.reserve(prefix.size() + kTokenDigits);  // growing would leave a copy behind
  const Secret random(random_base62(kTokenDigits));
  text += random.reveal();
  return Secret(std::move(text));
}

}  // namespace apiforge::auth
