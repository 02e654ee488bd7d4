#include "auth/signing_keys.hpp"

#include <algorithm>
#include <array>

#include "auth/credential_digest.hpp"
#include "auth/detail/base62.hpp"
#include "auth/detail/jwk.hpp"
#include "auth/opaque_token.hpp"

namespace apiforge::auth {
namespace {

using std::chrono::seconds;

constexpr std::size_t kKeyIdDigits = 16;
constexpr std::size_t kMaxKeyIdSize = 64;

struct NamedAlgorithm {
  TokenAlgorithm algorithm;
  std::string_view name;
};
constexpr std::array<NamedAlgorithm, 7> kAlgorithms = {{{TokenAlgorithm::Hs256, "HS256"},
                                                        {TokenAlgorithm::Hs384, "HS384"},
                                                        {TokenAlgorithm::Hs512, "HS512"},
                                                        {TokenAlgorithm::Rs256, "RS256"},
                                                        {TokenAlgorithm::Ps256, "PS256"},
                                                        {TokenAlgorithm::Es256, "ES256"},
                                                        {TokenAlgorithm::EdDsa, "EdDSA"}}};

WallTime whole_seconds(WallTime time) {
  return WallTime(std::chrono::floor<seconds>(time.time_since_epoch()));
}

std::int64_t unix_seconds(WallTime time) {
  return std::chrono::floor<seconds>(time.time_since_epoch()).count();
}

bool is_key_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxKeyIdSize && std::ranges::all_of(text, [](char c) {
    return c == '-' || c == '_' || is_base62(std::string_view(&c, 1));
  });
}

/// The same on every node, and another one for each key and algorithm.
std::string derived_id(TokenAlgorithm algorithm, std::string_view jwk) {
  const Secret text(std::string(name_of(algorithm)).append("|").append(jwk));
  return unkeyed_digest_hex(text.reveal()).substr(0, kKeyIdDigits);
}

/// Only the public half of a key that has one; empty for HS*.
std::string public_jwk(const SigningKey& key) {
  if (is_symmetric(key.algorithm)) return {};
  const auto json = StrictJson::parse(key.jwk.reveal());
  const auto selected =
      json ? select_jwk(*json, json->root(), key.algorithm, JwkPart::Public) : std::nullopt;
  return selected ? std::string(selected->reveal()) : std::string();
}

}  // namespace

std::string_view name_of(TokenAlgorithm algorithm) {
  return kAlgorithms[static_cast<std::size_t>(algorithm)].name;
}

std::optional<TokenAlgorithm> parse_token_algorithm(std::string_view name) {
  const auto* const found = std::ranges::find(kAlgorithms, name, &NamedAlgorithm::name);
  if (found == kAlgorithms.end()) return std::nullopt;
  return found->algorithm;
}

bool is_symmetric(TokenAlgorithm algorithm) {
  return algorithm <= TokenAlgorithm::Hs512;
}

std::size_t min_secret_bytes(TokenAlgorithm algorithm) {
  switch (algorithm) {
    case TokenAlgorithm::Hs256:
      return 32;
    case TokenAlgorithm::Hs384:
      return 48;
    case TokenAlgorithm::Hs512:
      return 64;
    default:
      return 0;
  }
}

Result<SigningKey> generate_signing_key(TokenAlgorithm algorithm, WallTime not_before,
                                        std::string id) {
  auto jwk = random_jwk(algorithm);
  if (!jwk) return std::unexpected(jwk.error());
  return SigningKey{.id = id.empty() ? make_id() : std::move(id),
                    .algorithm = algorithm,
                    .jwk = std::move(*jwk),
                    .not_before = whole_seconds(not_before),
                    .retire_at = std::nullopt};
}

Result<SigningKey> signing_key_from_secret(TokenAlgorithm algorithm, const Secret& secret) {
  if (!is_symmetric(algorithm)) {
    return fail(ErrorCode::InvalidConfiguration,
                std::string(name_of(algorithm)) + " signs with a private key, not with a secret");
  }
  if (secret.reveal().size() < min_secret_bytes(algorithm)) {
    return fail(ErrorCode::InvalidConfiguration,
                "the secret for " + std::string(name_of(algorithm)) + " is too short: it needs " +
                    std::to_string(min_secret_bytes(algorithm)) + " bytes or more");
  }
  SigningKey key;
  key.algorithm = algorithm;
  key.jwk = secret_jwk(secret.reveal());
  key.id = derived_id(algorithm, key.jwk.reveal());
  return key;
}

Result<SigningKey> signing_key_from_pem(TokenAlgorithm algorithm, const Secret& pem) {
  if (is_symmetric(algorithm)) {
    return fail(ErrorCode::InvalidConfiguration,
                std::string(name_of(algorithm)) + " signs with a secret, not with a private key");
  }
  auto jwk = jwk_of_pem(algorithm, pem);
  if (!jwk) return std::unexpected(jwk.error());
  SigningKey key;
  key.algorithm = algorithm;
  key.jwk = std::move(*jwk);
  key.id = derived_id(algorithm, public_jwk(key));
  return key;
}

Secret signing_key_text(const SigningKey& key) {
  const std::string_view jwk = key.jwk.reveal();
  std::string text;
  text.reserve(jwk.size() + 256);  // growing would leave a copy of a part behind
  text.append(R"({"kid":")").append(key.id).append(R"(","alg":")").append(name_of(key.algorithm));
  text.append(R"(","nbf":)").append(std::to_string(unix_seconds(key.not_before)));
  if (key.retire_at) text.append(R"(,"exp":)").append(std::to_string(unix_seconds(*key.retire_at)));
  text.append(",").append(jwk.substr(1));
  return Secret(std::move(text));
}

Result<SigningKey> parse_signing_key(const Secret& text) {
  const auto unreadable = [] {
    return fail(ErrorCode::SealedDataUnreadable, "a stored signing key cannot be read");
  };
  const auto json = StrictJson::parse(text.reveal());
  if (!json) return unreadable();
  const auto id = json->text_of("kid");
  const auto algorithm = parse_token_algorithm(json->text_of("alg").value_or(""));
  const auto not_before = json->integer_of("nbf");
  if (!id || !is_key_id(*id) || !algorithm || !not_before) return unreadable();
  auto jwk = select_jwk(*json, json->root(), *algorithm, JwkPart::Whole);
  if (!jwk) return unreadable();
  SigningKey key{.id = std::string(*id),
                 .algorithm = *algorithm,
                 .jwk = std::move(*jwk),
                 .not_before = WallTime(seconds(*not_before)),
                 .retire_at = std::nullopt};
  if (const auto retire_at = json->integer_of("exp")) key.retire_at = WallTime(seconds(*retire_at));
  return key;
}

const SigningKey* signing_key_at(const SigningKeySet& set, WallTime now) {
  const SigningKey* latest = nullptr;
  for (const auto& key : set.keys) {
    const bool may_sign = key.not_before <= now && (!key.retire_at || now < *key.retire_at);
    if (may_sign && (latest == nullptr || latest->not_before < key.not_before)) latest = &key;
  }
  return latest;
}

SigningKeySet rotate(SigningKeySet set, SigningKey next, WallTime now, RotationTimes times) {
  std::erase_if(set.keys,
                [&](const SigningKey& key) { return key.retire_at && *key.retire_at <= now; });
  // Without a key that signs now nobody has tokens of an older one to wait for.
  const bool is_first = signing_key_at(set, now) == nullptr;
  next.not_before = whole_seconds(is_first ? now : now + times.publish_ahead);
  next.retire_at = std::nullopt;
  for (auto& key : set.keys) {
    const auto last_token_ends = next.not_before + times.longest_token;
    if (!key.retire_at || *key.retire_at > last_token_ends) key.retire_at = last_token_ends;
  }
  set.keys.push_back(std::move(next));
  return set;
}

std::string jwks(const SigningKeySet& set) {
  std::string text = R"({"keys":[)";
  for (const auto& key : set.keys) {
    const auto jwk = public_jwk(key);
    if (jwk.empty()) continue;
    if (text.back() == '}') text += ",";
    text.append(R"({"kid":")").append(key.id).append(R"(","alg":")").append(name_of(key.algorithm));
    text.append(R"(","use":"sig",)").append(jwk.substr(1));
  }
  return text + "]}";
}

}  // namespace apiforge::auth
