// JSON Web Keys (RFC 7517, RFC 7518 6, RFC 8037 2): which members a key of an algorithm has, and
// how one is made from OpenSSL's keys. Pure but for new keys; any thread.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "auth/detail/strict_json.hpp"
#include "auth/signing_keys.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

namespace apiforge::auth {

struct JwkForm {
  std::string_view kty;
  std::string_view crv;  ///< empty when keys of this kind have no curve
  std::span<const std::string_view> public_members;
  std::span<const std::string_view> private_members;
};
const JwkForm& jwk_form(TokenAlgorithm algorithm);

enum class JwkPart { Public, Whole };

/// Exactly the members that a key of this algorithm has, in a fixed order, as one JSON text: what
/// else the object `key` holds is left behind. nullopt when `kty` or `crv` is another, a member is
/// missing or is not canonical base64url, or the key is too weak or malformed: a secret shorter
/// than the hash, an RSA modulus that has not 2048 to 8192 bits, an even or trivial exponent, a
/// coordinate that has not 32 bytes.
std::optional<Secret> select_jwk(const StrictJson& json, const StrictJson::Node& key,
                                 TokenAlgorithm algorithm, JwkPart part);

/// A JWK of an octet string.
Secret secret_jwk(std::string_view bytes);
/// The private key in an unencrypted PEM text. InvalidConfiguration when it is none or of a kind
/// that the algorithm does not use.
Result<Secret> jwk_of_pem(TokenAlgorithm algorithm, const Secret& pem);
/// A new random key; InternalError when OpenSSL fails.
Result<Secret> random_jwk(TokenAlgorithm algorithm);

}  // namespace apiforge::auth
