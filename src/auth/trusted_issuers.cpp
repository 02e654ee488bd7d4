#include "auth/trusted_issuers.hpp"

#include <algorithm>
#include <optional>

#include "auth/detail/base64url.hpp"
#include "auth/detail/compact_token.hpp"
#include "auth/detail/token_claims.hpp"
#include "auth/detail/token_key.hpp"
#include "base/text.hpp"

namespace apiforge::auth {
namespace {

constexpr std::size_t kMaxJwksValues = 4096;
constexpr std::size_t kMaxSubjectBytes = 255;  // OpenID Connect Core 2
constexpr std::size_t kMaxTenantBytes = 64;

/// What a published key is for: its `alg`, or what its kind implies; nullopt for what we do not
/// take.
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

std::optional<TokenKey> usable_key(const StrictJson& json, const StrictJson::Node& node) {
  const auto algorithm =
      algorithm_of(json.text_of(node, "kty").value_or(""), json.text_of(node, "alg").value_or(""));
  if (!algorithm || !is_for_signatures(json, node)) return std::nullopt;
  const std::string id(json.text_of(node, "kid").value_or(""));
  auto key = TokenKey::make(id, *algorithm, json, node, JwkPart::Public);
  if (!key) return std::nullopt;
  return std::move(*key);
}

std::unexpected<Error> unusable_keys(const char* detail) {
  return fail(ErrorCode::InvalidConfiguration, detail);
}

bool is_accepted_type(std::string_view type) {
  // Media types ignore case, and `application/` may be left out (RFC 7515 4.1.9).
  if (type.empty()) return true;
  constexpr std::string_view kTree = "application/";
  if (equals_ignoring_case(type.substr(0, kTree.size()), kTree)) type.remove_prefix(kTree.size());
  return equals_ignoring_case(type, "JWT") || equals_ignoring_case(type, "at+jwt");
}

/// Whether `aud`, a text or a list of texts, names the audience.
bool is_for(const StrictJson& claims, std::string_view audience) {
  const auto* const named = claims.member("aud");
  if (named == nullptr) return false;
  const auto names_it = [&](const StrictJson::Node& node) {
    return node.kind == StrictJson::Kind::Text && claims.text(node) == audience;
  };
  if (named->kind != StrictJson::Kind::Array) return names_it(*named);
  bool found = false;
  claims.for_each_in(*named, [&](const auto& element) { found = found || names_it(element); });
  return found;
}

OrRefusal<model::TenantId> tenant_of(const StrictJson& claims, const TrustedIssuer& issuer) {
  if (issuer.tenant_claim.empty()) return issuer.tenant;
  const auto* const node = claims.at(issuer.tenant_claim);
  if (node == nullptr || node->kind != StrictJson::Kind::Text) {
    return std::unexpected("no claim names the tenant");
  }
  model::TenantId tenant{std::string(claims.text(*node).substr(0, kMaxTenantBytes + 1))};
  if (std::ranges::find(issuer.tenants, tenant) == issuer.tenants.end()) {
    return std::unexpected("the issuer does not speak for this tenant");
  }
  return tenant;
}

OrRefusal<std::vector<std::string>> roles_of(const StrictJson& claims,
                                             const TrustedIssuer& issuer) {
  if (issuer.roles_claim.empty()) return issuer.default_roles;
  const auto* const node = claims.at(issuer.roles_claim);
  if (node == nullptr) return issuer.default_roles;
  std::vector<std::string> named;
  if (node->kind == StrictJson::Kind::Text) {
    for (auto rest = claims.text(*node); !rest.empty() && named.size() < kMaxRoles;) {
      const auto end = std::min(rest.find(' '), rest.size());
      named.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  } else {
    auto listed = read_roles(claims, node);
    if (!listed) return listed;
    named = std::move(*listed);
  }
  std::erase_if(named, [&](const std::string& role) {
    return std::ranges::find(issuer.allowed_roles, role) == issuer.allowed_roles.end();
  });
  return named;
}

OrRefusal<AccessClaims> read_claims(std::string_view payload, const TrustedIssuer& issuer,
                                    WallTime now, std::chrono::seconds leeway) {
  const auto json = read_payload(payload);
  if (!json) return std::unexpected(json.error());
  if (json->text_of("iss") != issuer.issuer) return std::unexpected("another issuer");
  if (!is_for(*json, issuer.audience)) return std::unexpected("another audience");
  AccessClaims claims;
  claims.external = true;
  claims.issuer = issuer.issuer;
  if (const auto times = read_times(*json, now, leeway, claims); !times) {
    return std::unexpected(times.error());
  }
  auto subject = read_text(*json, "sub", kMaxSubjectBytes);
  if (!subject) return std::unexpected(subject.error());
  claims.user.value = std::move(*subject);
  claims.jti = json->text_of("jti").value_or("").substr(0, kMaxSubjectBytes);
  auto tenant = tenant_of(*json, issuer);
  if (!tenant) return std::unexpected(tenant.error());
  claims.tenant = std::move(*tenant);
  auto roles = roles_of(*json, issuer);
  if (!roles) return std::unexpected(roles.error());
  claims.roles = std::move(*roles);
  return claims;
}

}  // namespace

struct PublishedKeys::State {
  std::vector<TokenKey> keys;

  /// The key that a token names. One without a name is of the only key there is (OpenID Connect
  /// Core 10.1 lets the name be left out then).
  const TokenKey* find(std::string_view id) const {
    if (id.empty()) return keys.size() == 1 ? keys.data() : nullptr;
    const auto found = std::ranges::find(keys, id, &TokenKey::id);
    return found == keys.end() ? nullptr : &*found;
  }
};

Result<PublishedKeys> PublishedKeys::parse(std::string_view jwks) {
  if (jwks.size() > kMaxJwksBytes) return unusable_keys("the key set is larger than 256 KiB");
  const auto json = StrictJson::parse(jwks, kMaxJwksValues);
  const auto* const list = json ? json->member("keys") : nullptr;
  if (list == nullptr || list->kind != StrictJson::Kind::Array) {
    return unusable_keys("the document is no JSON Web Key Set");
  }
  auto state = std::make_shared<State>();
  std::size_t count = 0;
  json->for_each_in(*list, [&](const StrictJson::Node& node) {
    if (++count > kMaxPublishedKeys || node.kind != StrictJson::Kind::Object) return;
    auto key = usable_key(*json, node);
    const bool is_new = key && (key->id().empty() || state->find(key->id()) == nullptr);
    if (is_new) state->keys.push_back(std::move(*key));
  });
  if (count > kMaxPublishedKeys) return unusable_keys("the key set holds more than 32 keys");
  if (state->keys.empty()) return unusable_keys("the key set holds no key that can be used");
  return PublishedKeys(std::move(state));
}

std::size_t PublishedKeys::size() const {
  return state_->keys.size();
}

Result<ExternalVerifier> ExternalVerifier::make(std::vector<IssuerWithKeys> issuers,
                                                std::chrono::seconds leeway) {
  if (issuers.size() > model::kMaxTrustedIssuers) {
    return unusable_keys("there are more than 32 trusted issuers");
  }
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    const auto& issuer = issuers[i].issuer;
    if (issuer.issuer.empty() || issuer.audience.empty()) {
      return unusable_keys("a trusted issuer needs its name and an audience");
    }
    if (issuer.tenant_claim.empty() ? issuer.tenant.empty() : issuer.tenants.empty()) {
      return unusable_keys("a trusted issuer needs the tenant, or the tenants, of its users");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (issuers[j].issuer.issuer == issuer.issuer) {
        return unusable_keys("a trusted issuer is named twice");
      }
    }
  }
  ExternalVerifier verifier;
  verifier.issuers_ = std::move(issuers);
  verifier.leeway_ = leeway;
  return verifier;
}

Result<AccessClaims> ExternalVerifier::verify(std::string_view token, WallTime now) const {
  const auto parts = read_compact_token(token);
  if (!parts) return invalid_credential(parts.error());
  if (!is_accepted_type(parts->header.type)) return invalid_credential("another type of token");
  const auto unverified = read_payload(parts->payload);
  if (!unverified) return invalid_credential(unverified.error());
  const auto name = unverified->text_of("iss");
  const auto trusted = std::ranges::find_if(
      issuers_, [&](const IssuerWithKeys& candidate) { return name == candidate.issuer.issuer; });
  if (trusted == issuers_.end()) return invalid_credential("an issuer that is not trusted");
  const auto* const key = trusted->keys.state_->find(parts->header.key_id);
  if (key == nullptr) {
    if (trusted->missing_key) trusted->missing_key->raise();
    return invalid_credential("no key of the issuer has this id");
  }
  if (!key->verifies(*parts)) {
    return invalid_credential("the signature or its algorithm is not that of the key");
  }
  auto claims = read_claims(parts->payload, trusted->issuer, now, leeway_);
  if (!claims) return invalid_credential(claims.error());
  return std::move(*claims);
}

std::string claimed_issuer(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (token.size() > kMaxTokenBytes || first == std::string_view::npos || first == last) return {};
  const auto payload = base64url_decode(token.substr(first + 1, last - first - 1));
  const auto claims = payload ? read_payload(*payload) : std::unexpected(Refusal());
  if (!claims) return {};
  return std::string(claims->text_of("iss").value_or(""));
}

}  // namespace apiforge::auth
