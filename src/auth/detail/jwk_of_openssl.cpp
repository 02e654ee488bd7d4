// From OpenSSL's private keys to JSON Web Keys.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "auth/detail/base64url.hpp"
#include "auth/detail/error_queue_mark.hpp"
#include "auth/detail/jwk.hpp"
#include "auth/detail/sodium.hpp"

namespace apiforge::auth {
namespace {

/// Calls a free function as a deleter.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Buffer = std::unique_ptr<BIO, Freed<BIO_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;

constexpr std::size_t kP256CoordinateBytes = 32;
constexpr unsigned int kRsaBits = 2048;
constexpr std::size_t kSecretBytes = 64;

struct NamedNumber {
  const char* member;
  const char* parameter;  // OpenSSL's name
};
constexpr std::array<NamedNumber, 8> kRsaNumbers = {{{"n", OSSL_PKEY_PARAM_RSA_N},
                                                     {"e", OSSL_PKEY_PARAM_RSA_E},
                                                     {"d", OSSL_PKEY_PARAM_RSA_D},
                                                     {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                                     {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                                     {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                                     {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                                     {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};
constexpr std::array<NamedNumber, 3> kEcNumbers = {{{"x", OSSL_PKEY_PARAM_EC_PUB_X},
                                                    {"y", OSSL_PKEY_PARAM_EC_PUB_Y},
                                                    {"d", OSSL_PKEY_PARAM_PRIV_KEY}}};

void append_member(std::string& out, std::string_view name, ByteView bytes) {
  out.append(",\"").append(name).append("\":\"");
  append_base64url(out, bytes);
  out += "\"";
}

/// `least_bytes` pads with zeros in front, as coordinates want it (RFC 7518 6.2.1.2).
bool append_numbers(std::string& out, const EVP_PKEY* key, std::span<const NamedNumber> numbers,
                    std::size_t least_bytes) {
  for (const auto& [member, parameter] : numbers) {
    BIGNUM* found = nullptr;
    if (EVP_PKEY_get_bn_param(key, parameter, &found) != 1) return false;
    const Number number(found);
    const auto size = std::max(least_bytes, static_cast<std::size_t>(BN_num_bytes(found)));
    std::vector<std::uint8_t> bytes(size);
    if (BN_bn2binpad(found, bytes.data(), static_cast<int>(size)) < 0) return false;
    append_member(out, member, bytes);
    OPENSSL_cleanse(bytes.data(), bytes.size());
  }
  return true;
}

bool append_raw(std::string& out, const EVP_PKEY* key) {
  std::array<std::uint8_t, kP256CoordinateBytes> bytes{};
  std::size_t size = bytes.size();
  if (EVP_PKEY_get_raw_public_key(key, bytes.data(), &size) != 1) return false;
  append_member(out, "x", bytes);
  size = bytes.size();
  if (EVP_PKEY_get_raw_private_key(key, bytes.data(), &size) != 1) return false;
  append_member(out, "d", bytes);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return true;
}

/// Empty when the key is of a kind that the algorithm does not use, or has no private half.
Secret jwk_of(TokenAlgorithm algorithm, const EVP_PKEY* key) {
  const auto& form = jwk_form(algorithm);
  std::string text;
  text.reserve(std::size_t{12} * 1024);  // growing would leave a copy of a part behind
  text.append(R"({"kty":")").append(form.kty).append("\"");
  if (!form.crv.empty()) text.append(R"(,"crv":")").append(form.crv).append("\"");
  bool complete = false;
  if (form.kty == "RSA") {
    complete = EVP_PKEY_is_a(key, "RSA") == 1 && append_numbers(text, key, kRsaNumbers, 0);
  } else if (form.kty == "EC") {
    complete = EVP_PKEY_is_a(key, "EC") == 1 &&
               append_numbers(text, key, kEcNumbers, kP256CoordinateBytes);
  } else {
    complete = EVP_PKEY_is_a(key, "ED25519") == 1 && append_raw(text, key);
  }
  text += "}";
  Secret whole(std::move(text));
  if (!complete) return {};
  const auto json = StrictJson::parse(whole.reveal());
  auto selected = json ? select_jwk(*json, json->root(), algorithm, JwkPart::Whole) : std::nullopt;
  return selected ? std::move(*selected) : Secret();
}

KeyPointer new_key(TokenAlgorithm algorithm) {
  const auto& form = jwk_form(algorithm);
  if (form.kty == "RSA") return KeyPointer(EVP_RSA_gen(kRsaBits));
  if (form.kty == "EC") return KeyPointer(EVP_EC_gen("P-256"));
  return KeyPointer(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

}  // namespace

Result<Secret> jwk_of_pem(TokenAlgorithm algorithm, const Secret& pem) {
  const ErrorQueueMark mark;
  const std::string_view text = pem.reveal();
  const Buffer buffer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  // Without a callback OpenSSL would ask the terminal for the password of an encrypted key.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  const KeyPointer key(PEM_read_bio_PrivateKey(buffer.get(), nullptr, no_password, nullptr));
  if (!key) {
    return fail(ErrorCode::InvalidConfiguration,
                "the signing key is no unencrypted private key in PEM");
  }
  auto jwk = jwk_of(algorithm, key.get());
  if (jwk.empty()) {
    return fail(ErrorCode::InvalidConfiguration,
                "the signing key does not fit the algorithm " + std::string(name_of(algorithm)) +
                    ": RS256 and PS256 need RSA of 2048 to 8192 bits, ES256 needs P-256, EdDSA "
                    "needs Ed25519");
  }
  return jwk;
}

Result<Secret> random_jwk(TokenAlgorithm algorithm) {
  if (is_symmetric(algorithm)) {
    start_sodium();
    std::string bytes(kSecretBytes, '\0');
    randombytes_buf(bytes.data(), bytes.size());
    return secret_jwk(Secret(std::move(bytes)).reveal());
  }
  const ErrorQueueMark mark;
  const auto key = new_key(algorithm);
  auto jwk = key ? jwk_of(algorithm, key.get()) : Secret();
  if (jwk.empty()) return fail(ErrorCode::InternalError, {}, "OpenSSL made no key");
  return jwk;
}

}  // namespace apiforge::auth
