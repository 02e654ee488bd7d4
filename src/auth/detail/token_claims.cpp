#include "auth/detail/token_claims.hpp"

#include <algorithm>

#include "auth/detail/base62.hpp"

namespace apiforge::auth {
namespace {

using std::chrono::seconds;

constexpr std::size_t kMaxIdBytes = 64;
// Later ones do not fit WallTime, which counts nanoseconds: the year 2255.
constexpr std::int64_t kMaxUnixSeconds = 9'000'000'000;

OrRefusal<WallTime> read_time(const StrictJson& claims, std::string_view name) {
  const auto value = claims.integer_of(name);
  if (!value) return std::unexpected("a time that is absent or no whole number");
  if (*value < 0 || *value > kMaxUnixSeconds) return std::unexpected("a time out of range");
  return WallTime(seconds(*value));
}

}  // namespace

std::unexpected<Error> invalid_credential(Refusal reason) {
  return fail(ErrorCode::InvalidCredential, std::string(kInvalidCredentialDetail),
              std::string(reason));
}

OrRefusal<StrictJson> read_payload(std::string_view payload) {
  auto claims = StrictJson::parse(payload);
  if (!claims) return std::unexpected("the payload is no strict JSON object");
  return std::move(*claims);
}

OrRefusal<std::string> read_text(const StrictJson& claims, std::string_view name,
                                 std::size_t max_bytes) {
  const auto text = claims.text_of(name);
  if (!text || text->empty()) return std::unexpected("a claim that is absent or no text");
  if (text->size() > max_bytes) return std::unexpected("a claim that is too long");
  return std::string(*text);
}

OrRefusal<std::string> read_id(const StrictJson& claims, std::string_view name) {
  auto id = read_text(claims, name, kMaxIdBytes);
  if (!id) return id;
  const bool is_id = std::ranges::all_of(
      *id, [](char c) { return c == '-' || c == '_' || is_base62(std::string_view(&c, 1)); });
  if (!is_id) return std::unexpected("a claim that is no id");
  return id;
}

OrRefusal<void> read_times(const StrictJson& claims, WallTime now, seconds leeway,
                           AccessClaims& out) {
  const auto expires_at = read_time(claims, "exp");
  if (!expires_at) return std::unexpected(expires_at.error());
  const auto issued_at = read_time(claims, "iat");
  if (!issued_at) return std::unexpected(issued_at.error());
  auto not_before = issued_at;
  if (claims.member("nbf") != nullptr) not_before = read_time(claims, "nbf");
  if (!not_before) return std::unexpected(not_before.error());
  out.expires_at = *expires_at;
  out.issued_at = *issued_at;
  out.not_before = *not_before;
  if (now >= out.expires_at + leeway) return std::unexpected("expired");
  if (now + leeway < out.not_before) return std::unexpected("not valid yet");
  if (now + leeway < out.issued_at) return std::unexpected("issued in the future");
  return {};
}

OrRefusal<std::vector<std::string>> read_roles(const StrictJson& claims,
                                               const StrictJson::Node* node) {
  std::vector<std::string> roles;
  if (node == nullptr) return roles;
  if (node->kind != StrictJson::Kind::Array) return std::unexpected("roles that are no list");
  bool sound = true;
  claims.for_each_in(*node, [&](const StrictJson::Node& element) {
    const auto role = claims.text(element);
    sound = sound && element.kind == StrictJson::Kind::Text && role.size() <= kMaxRoleBytes &&
            roles.size() < kMaxRoles;
    if (sound) roles.emplace_back(role);
  });
  if (!sound) return std::unexpected("a role that is no text or too long, or too many");
  return roles;
}

}  // namespace apiforge::auth
