#include "auth/credential_text.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace apiforge::auth {
namespace {

constexpr std::array<std::string_view, 2> kOwnPrefixes{"afk_", "afr_"};

constexpr bool is_token68(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '=';
}

// The text behind `Bearer`; nullopt for another scheme.
std::optional<std::string_view> bearer_text(std::string_view value) {
  constexpr std::string_view kScheme = "bearer";
  const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
  if (!equals_ignoring_case(value.substr(0, end), kScheme)) return std::nullopt;
  return trim(value.substr(end));
}

// Whatever the scheme: a key behind the wrong word, or in a parameter, is still a key. `=` divides
// a parameter's name from its value, though it is also the end of a token68.
bool holds_own_text(std::string_view value) {
  const auto begins_text = [&](std::size_t at) {
    return at == 0 || value[at - 1] == '=' || !is_token68(value[at - 1]);
  };
  for (const std::string_view prefix : kOwnPrefixes) {
    for (auto at = value.find(prefix); at != std::string_view::npos;
         at = value.find(prefix, at + 1)) {
      if (begins_text(at)) return true;
    }
  }
  return false;
}

std::unexpected<Error> contradictory(std::string detail) {
  return fail(ErrorCode::ContradictoryCredentials, std::move(detail));
}

Result<std::optional<std::string_view>> checked(std::string_view text, std::string_view field) {
  if (text.empty()) return contradictory(std::string(field) + " holds no credential");
  if (text.size() > kMaxCredentialBytes) {
    return contradictory(std::string(field) + " holds more than 8 KiB");
  }
  if (!std::ranges::all_of(text, is_token68)) {
    return contradictory(std::string(field) + " holds characters that no credential has");
  }
  return text;
}

}  // namespace

bool has_own_prefix(std::string_view text) {
  return std::ranges::any_of(kOwnPrefixes,
                             [&](std::string_view prefix) { return text.starts_with(prefix); });
}

void CredentialFields::add_authorization(std::string_view value) {
  ++authorizations_;
  authorization_ = value;
  any_is_ours_ = any_is_ours_ || holds_own_text(value);
}

void CredentialFields::add_api_key(std::string_view value) {
  ++api_keys_;
  api_key_ = value;
  any_is_ours_ = any_is_ours_ || holds_own_text(value);
}

Result<std::optional<std::string_view>> CredentialFields::text() const {
  if (authorizations_ > 1) return contradictory("Authorization stands there more than once");
  if (api_keys_ > 1) return contradictory("X-API-Key stands there more than once");
  if (authorizations_ == 0) {
    if (api_keys_ == 0) return std::nullopt;
    return checked(api_key_, "X-API-Key");
  }
  const auto bearer = bearer_text(authorization_);
  if (api_keys_ == 1 && (!bearer || *bearer != api_key_)) {
    return contradictory("Authorization and X-API-Key hold different credentials");
  }
  if (!bearer) {
    return fail(ErrorCode::AuthenticationRequired,
                "Authorization must be of the scheme Bearer: 'Bearer <access token or API key>'");
  }
  return checked(*bearer, "Authorization");
}

Result<std::optional<std::string_view>> CredentialFields::text_if_ours() const {
  if (any_is_ours_) return text();
  if (authorizations_ != 1) return std::nullopt;
  const auto bearer = bearer_text(authorization_);
  if (!bearer || !checked(*bearer, "Authorization")) return std::nullopt;
  return bearer;
}

}  // namespace apiforge::auth
