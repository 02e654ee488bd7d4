#include "auth/trusted_issuers.hpp"

#include <algorithm>
#include <optional>

#include "auth/detail/compact_token.hpp"
#include "auth/detail/token_claims.hpp"
#include "auth/detail/token_key.hpp"
#include "base/text.hpp"

namespace apiforge::auth {
namespace {

constexpr std::size_t kMaxJwksValues = 4096;
constexpr std::size_t kMaxSubjectBytes = 255;  // OpenID Connect Core 2
constexpr std::size_t kMaxTenantBytes = 64;

/// What a published key is for: its `alg`, or what its kind implies; nullopt for what we do not take.
std::optional<TokenAlgorithm> algorithm_of(std::string_view kty, std::string_view alg) {
  using enum TokenAlgorithm;
  for (const auto candidate : {Rs256, Ps256, Es256, EdDsa}) {
    const bool fits = jwk_form(candidate).kty == kty && (alg.empty() || alg == name_of(candidate));
    if (fits) return candidate;
  }
  return std::nullopt;
}

/// Whether the key may verify signatures (RFC 7517 4.2, 4.3).
bool is_for_signatures(const StrictJson& json, const StrictJson::Node& key) {
  const auto* const use = json.member(key, "use");
  if (use != nullptr && json.text(*use) != "sig") return false;
  const auto* const operations = json.member(key, "key_ops");
  if (operations == nullptr) return true;
  bool verifies = false;
  json.for_each_in(*operations, [&](const StrictJson::Node& operation) {
    verifies = verifies || json.text(operation) == "verify";
  });
  return verifies;
}
