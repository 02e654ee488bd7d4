#include "auth/access_token.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "auth/detail/compact_token.hpp"
#include "auth/detail/token_claims.hpp"
#include "auth/detail/token_key.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth {
namespace {

/// A key and the end of its time.
struct TimedKey {
  TokenKey key;
  std::optional<WallTime> retire_at;
};

Result<std::vector<TimedKey>> prepare(const SigningKeySet& set, JwkPart part) {
  if (set.keys.size() > kMaxSigningKeys) {
    return fail(ErrorCode::InvalidConfiguration, "there are more than 16 keys for tokens");
  }
  std::vector<TimedKey> prepared;
  for (const auto& key : set.keys) {
    if (std::ranges::any_of(prepared,
                            [&](const auto& other) { return other.key.id() == key.id; })) {
      return fail(ErrorCode::InvalidConfiguration, "two keys for tokens have one id");
    }
    const auto jwk = StrictJson::parse(key.jwk.reveal());
    if (!jwk) return fail(ErrorCode::InvalidConfiguration, "a key for tokens is no JSON Web Key");
    auto ready = TokenKey::make(key.id, key.algorithm, *jwk, jwk->root(), part);
    if (!ready) return std::unexpected(ready.error());
    prepared.push_back({std::move(*ready), key.retire_at});
  }
  return prepared;
}

std::int64_t unix_seconds(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string claims_text(const AccessClaims& claims, const TokenProfile& profile) {
  const auto not_before = claims.not_before == WallTime{} ? claims.issued_at : claims.not_before;
  boost::json::object object{
      {"iss", profile.issuer},
      {"aud", profile.audience},
      {"sub", claims.user.value},
      {"tid", claims.tenant.value},
      {"iat", unix_seconds(claims.issued_at)},
      {"nbf", unix_seconds(not_before)},
      {"exp", unix_seconds(claims.expires_at)},
      {"jti", claims.jti.empty() ? make_id() : claims.jti},
      {"roles", boost::json::array(claims.roles.begin(), claims.roles.end())}};
  if (!claims.session.empty()) object["sid"] = claims.session.value;
  return boost::json::serialize(object);
}

/// The claims of a token that we signed; nothing of them is believed beyond that.
OrRefusal<AccessClaims> read_claims(std::string_view payload, const TokenProfile& profile,
                                    WallTime now) {
  const auto json = read_payload(payload);
  if (!json) return std::unexpected(json.error());
  if (json->text_of("iss") != profile.issuer) return std::unexpected("another issuer");
  if (json->text_of("aud") != profile.audience) return std::unexpected("another audience");
  AccessClaims claims;
  claims.issuer = profile.issuer;
  if (const auto times = read_times(*json, now, profile.leeway, claims); !times) {
    return std::unexpected(times.error());
  }
  const std::array<std::pair<std::string_view, std::string*>, 4> ids = {
      {{"sub", &claims.user.value},
       {"tid", &claims.tenant.value},
       {"jti", &claims.jti},
       {"sid", &claims.session.value}}};
  for (const auto& [name, into] : ids) {
    if (name == "sid" && json->member(name) == nullptr) continue;
    auto id = read_id(*json, name);
    if (!id) return std::unexpected(id.error());
    *into = std::move(*id);
  }
  auto roles = read_roles(*json, json->member("roles"));
  if (!roles) return std::unexpected(roles.error());
  claims.roles = std::move(*roles);
  return claims;
}

}  // namespace

struct TokenIssuer::State {
  SigningKeySet set;
  std::vector<TimedKey> keys;  // in the order of the set
  TokenProfile profile;
};

TokenIssuer::TokenIssuer(std::unique_ptr<const State> state) : state_(std::move(state)) {}
TokenIssuer::TokenIssuer(TokenIssuer&&) noexcept = default;
TokenIssuer& TokenIssuer::operator=(TokenIssuer&&) noexcept = default;
TokenIssuer::~TokenIssuer() = default;

Result<TokenIssuer> TokenIssuer::make(const SigningKeySet& keys, TokenProfile profile) {
  auto signers = prepare(keys, JwkPart::Whole);
  if (!signers) return std::unexpected(signers.error());
  const auto verifiers = prepare(keys, JwkPart::Public);
  if (!verifiers) return std::unexpected(verifiers.error());
  for (std::size_t i = 0; i < signers->size(); ++i) {
    // A key whose halves do not belong together shows here, not at the first login.
    const auto probe = (*signers)[i].key.sign("{}");
    const auto token = probe ? read_compact_token(probe->reveal()) : std::unexpected(Refusal());
    if (!token || !(*verifiers)[i].key.verifies(*token)) {
      return fail(ErrorCode::InvalidConfiguration, "a key for tokens cannot sign");
    }
  }
  return TokenIssuer(
      std::make_unique<const State>(State{keys, std::move(*signers), std::move(profile)}));
}

Result<Secret> TokenIssuer::issue(const AccessClaims& claims) const {
  const auto* const current = signing_key_at(state_->set, claims.issued_at);
  if (current == nullptr) return fail(ErrorCode::InternalError, {}, "no key may sign tokens now");
  const auto index = static_cast<std::size_t>(current - state_->set.keys.data());
  return state_->keys[index].key.sign(claims_text(claims, state_->profile));
}

struct TokenVerifier::State {
  std::vector<TimedKey> keys;
  TokenProfile profile;
};

TokenVerifier::TokenVerifier(std::unique_ptr<const State> state) : state_(std::move(state)) {}
TokenVerifier::TokenVerifier(TokenVerifier&&) noexcept = default;
TokenVerifier& TokenVerifier::operator=(TokenVerifier&&) noexcept = default;
TokenVerifier::~TokenVerifier() = default;

Result<TokenVerifier> TokenVerifier::make(const SigningKeySet& keys, TokenProfile profile) {
  auto prepared = prepare(keys, JwkPart::Public);
  if (!prepared) return std::unexpected(prepared.error());
  return TokenVerifier(
      std::make_unique<const State>(State{std::move(*prepared), std::move(profile)}));
}

Result<AccessClaims> TokenVerifier::verify(std::string_view token, WallTime now) const {
  const auto parts = read_compact_token(token);
  if (!parts) return invalid_credential(parts.error());
  if (parts->header.type != "at+jwt") return invalid_credential("no access token by its type");
  const auto timed = std::ranges::find_if(state_->keys, [&](const TimedKey& candidate) {
    return candidate.key.id() == parts->header.key_id;
  });
  if (timed == state_->keys.end()) return invalid_credential("no key of ours has this id");
  if (timed->retire_at && *timed->retire_at <= now) return invalid_credential("a retired key");
  if (!timed->key.verifies(*parts)) {
    return invalid_credential("the signature or its algorithm is not that of the key");
  }
  auto claims = read_claims(parts->payload, state_->profile, now);
  if (!claims) return invalid_credential(claims.error());
  return std::move(*claims);
}

}  // namespace apiforge::auth
