#include "auth/detail/token_key.hpp"

#include <cjose/cjose.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

#include <array>

#include "auth/detail/base64url.hpp"
#include "auth/detail/error_queue_mark.hpp"
#include "auth/detail/sodium.hpp"

namespace apiforge::auth {
namespace {

constexpr const char* kAccessTokenType = "at+jwt";

struct ReleaseSignature {
  void operator()(cjose_jws_t* signature) const { cjose_jws_release(signature); }
};
using SignaturePointer = std::unique_ptr<cjose_jws_t, ReleaseSignature>;
struct ReleaseHeader {
  void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};
using HeaderPointer = std::unique_ptr<cjose_header_t, ReleaseHeader>;

std::size_t signature_size(TokenAlgorithm algorithm, const cjose_jwk_t* key) {
  switch (algorithm) {
    case TokenAlgorithm::Hs256:
      return 32;
    case TokenAlgorithm::Hs384:
      return 48;
    case TokenAlgorithm::Hs512:
    case TokenAlgorithm::Es256:
    case TokenAlgorithm::EdDsa:
      return 64;
    case TokenAlgorithm::Rs256:
    case TokenAlgorithm::Ps256:
      break;
  }
  cjose_err error{};
  return (cjose_jwk_get_keysize(key, &error) + 7) / 8;
}

std::unexpected<Error> signing_failed(const char* message) {
  return fail(ErrorCode::InternalError, {},
              std::string("signing a token: ") + (message != nullptr ? message : "no reason"));
}

}  // namespace

Result<TokenKey> TokenKey::make(std::string id, TokenAlgorithm algorithm, const StrictJson& json,
                                const StrictJson::Node& jwk, JwkPart part) {
  start_sodium();
  const ErrorQueueMark mark;
  const auto unusable = [&] {
    return fail(ErrorCode::InvalidConfiguration,
                "a key for tokens cannot be used with " + std::string(name_of(algorithm)));
  };
  // The secret of HS* is its whole key: there is no public part of it.
  const auto selected =
      select_jwk(json, jwk, algorithm, is_symmetric(algorithm) ? JwkPart::Whole : part);
  if (!selected) return unusable();
  TokenKey key(std::move(id), algorithm);
  if (algorithm == TokenAlgorithm::EdDsa) {
    if (!key.take_ed25519(*selected, part)) return unusable();
  } else {
    const std::string_view text = selected->reveal();
    cjose_err error{};
    key.key_.reset(cjose_jwk_import(text.data(), text.size(), &error));
    if (!key.key_) return unusable();
    if (is_symmetric(algorithm) && !key.take_hmac(*selected)) return unusable();
  }
  key.signature_bytes_ = signature_size(algorithm, key.key_.get());
  return key;
}

bool TokenKey::take_ed25519(const Secret& jwk, JwkPart part) {
  const auto json = StrictJson::parse(jwk.reveal());
  if (!json) return false;
  const auto point = base64url_decode(json->text_of("x").value_or(""));
  if (!point || point->size() != crypto_sign_PUBLICKEYBYTES) return false;
  ed25519_public_ = *point;
  if (part == JwkPart::Public) return true;
  auto decoded = base64url_decode(json->text_of("d").value_or(""));
  if (!decoded) return false;
  const Secret seed(std::move(*decoded));
  if (seed.reveal().size() != crypto_sign_SEEDBYTES) return false;
  std::array<std::uint8_t, crypto_sign_PUBLICKEYBYTES> derived{};
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> whole{};
  crypto_sign_seed_keypair(derived.data(), whole.data(), bytes_of(seed.reveal()).data());
  ed25519_private_ = Secret(std::string(whole.begin(), whole.end()));
  sodium_memzero(whole.data(), whole.size());
  return std::string_view(reinterpret_cast<const char*>(derived.data()), derived.size()) ==
         ed25519_public_;
}

void TokenKey::Release::operator()(EVP_MAC_CTX* hmac) const {
  EVP_MAC_CTX_free(hmac);
}

bool TokenKey::take_hmac(const Secret& jwk) {
  const auto json = StrictJson::parse(jwk.reveal());
  if (!json) return false;
  auto decoded = base64url_decode(json->text_of("k").value_or(""));
  if (!decoded || decoded->empty()) return false;
  const Secret secret(std::move(*decoded));
  std::string digest(algorithm_ == TokenAlgorithm::Hs256   ? "SHA256"
                     : algorithm_ == TokenAlgorithm::Hs384 ? "SHA384"
                                                           : "SHA512");
  EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  hmac_.reset(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);  // the context has its own reference
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  return hmac_ && EVP_MAC_init(hmac_.get(), bytes_of(secret.reveal()).data(),
                               secret.reveal().size(), parameters.data()) == 1;
}

bool TokenKey::verifies_hmac(const CompactToken& token) const {
  const std::unique_ptr<EVP_MAC_CTX, Release> hmac(EVP_MAC_CTX_dup(hmac_.get()));
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> tag{};
  std::size_t size = 0;
  return hmac &&
         EVP_MAC_update(hmac.get(), bytes_of(token.signing_input).data(),
                        token.signing_input.size()) == 1 &&
         EVP_MAC_final(hmac.get(), tag.data(), &size, tag.size()) == 1 &&
         size == token.signature.size() &&
         CRYPTO_memcmp(tag.data(), token.signature.data(), size) == 0;
}

bool TokenKey::verifies(const CompactToken& token) const {
  if (token.header.algorithm != algorithm_ || token.signature.size() != signature_bytes_) {
    return false;
  }
  if (algorithm_ == TokenAlgorithm::EdDsa) return verifies_ed25519(token);
  if (hmac_) return verifies_hmac(token);
  const ErrorQueueMark mark;
  cjose_err error{};
  const SignaturePointer signature(cjose_jws_import(token.text.data(), token.text.size(), &error));
  return signature && cjose_jws_verify(signature.get(), key_.get(), &error);
}

bool TokenKey::verifies_ed25519(const CompactToken& token) const {
  return crypto_sign_verify_detached(
             bytes_of(token.signature).data(), bytes_of(token.signing_input).data(),
             token.signing_input.size(), bytes_of(ed25519_public_).data()) == 0;
}

Result<Secret> TokenKey::sign(std::string_view claims) const {
  return algorithm_ == TokenAlgorithm::EdDsa ? sign_ed25519(claims) : sign_with_cjose(claims);
}

Result<Secret> TokenKey::sign_ed25519(std::string_view claims) const {
  if (ed25519_private_.empty()) return signing_failed("no private key");
  const std::string header =
      R"({"alg":"EdDSA","kid":")" + id_ + R"(","typ":")" + kAccessTokenType + "\"}";
  std::string token = base64url(bytes_of(header)) + ".";
  append_base64url(token, bytes_of(claims));
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, bytes_of(token).data(), token.size(),
                       bytes_of(ed25519_private_.reveal()).data());
  token += ".";
  append_base64url(token, signature);
  return Secret(std::move(token));
}

Result<Secret> TokenKey::sign_with_cjose(std::string_view claims) const {
  const ErrorQueueMark mark;
  cjose_err error{};
  const HeaderPointer header(cjose_header_new(&error));
  const std::string algorithm(name_of(algorithm_));
  if (!header || !cjose_header_set(header.get(), CJOSE_HDR_ALG, algorithm.c_str(), &error) ||
      !cjose_header_set(header.get(), CJOSE_HDR_KID, id_.c_str(), &error) ||
      !cjose_header_set(header.get(), "typ", kAccessTokenType, &error)) {
    return signing_failed(error.message);
  }
  const SignaturePointer signature(
      cjose_jws_sign(key_.get(), header.get(), bytes_of(claims).data(), claims.size(), &error));
  const char* text = nullptr;
  if (!signature || !cjose_jws_export(signature.get(), &text, &error)) {
    return signing_failed(error.message);
  }
  return Secret(std::string(text));
}

}  // namespace apiforge::auth
