#include "connectors/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <string>

namespace apiforge::connectors {
namespace {

/// Calls an OpenSSL free function as a deleter.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Digest = std::unique_ptr<EVP_MD, Freed<EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Buffer = std::unique_ptr<BIO, Freed<BIO_free>>;

/// OpenSSL keeps errors per thread; what happens here must not surface in another user of the
/// thread, a TLS stream for example.
class ErrorQueueMark {
 public:
  ErrorQueueMark() { ERR_set_mark(); }
  ~ErrorQueueMark() { ERR_pop_to_mark(); }
  ErrorQueueMark(const ErrorQueueMark&) = delete;
  ErrorQueueMark& operator=(const ErrorQueueMark&) = delete;
};

/// Key material on the stack that is wiped at the end of its scope.
template <std::size_t Size>
struct WipedBytes : std::array<std::uint8_t, Size> {
  WipedBytes() : std::array<std::uint8_t, Size>{} {}
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { OPENSSL_cleanse(this->data(), Size); }
};

constexpr std::size_t kMaxBlockSize = 128;  // of SHA-512; SHA-256 has 64

bool digest_of(const EVP_MD* digest, std::string_view text, std::uint8_t* out) {
  return EVP_Digest(text.data(), text.size(), out, nullptr, digest, nullptr) == 1;
}

/// A hash that has taken in the key block, each byte of it xor `pad` (RFC 2104 2).
DigestContext keyed_state(const EVP_MD* digest, ByteView key_block, std::uint8_t pad) {
  WipedBytes<kMaxBlockSize> padded;
  for (std::size_t i = 0; i < key_block.size(); ++i) padded[i] = key_block[i] ^ pad;
  DigestContext state(EVP_MD_CTX_new());
  if (!state || EVP_DigestInit_ex2(state.get(), digest, nullptr) != 1 ||
      EVP_DigestUpdate(state.get(), padded.data(), key_block.size()) != 1) {
    return nullptr;
  }
  return state;
}

/// Refuses to decrypt: without it OpenSSL would ask for a pass phrase on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return -1;
}

}  // namespace

struct HmacKey::States {
  Digest digest;        // first, so that it outlives the states
  DigestContext inner;  // has taken in key ^ ipad
  DigestContext outer;  // has taken in key ^ opad
};

HmacKey::HmacKey(std::unique_ptr<const States> states) : states_(std::move(states)) {}
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;
HmacKey::~HmacKey() = default;

Result<HmacKey> HmacKey::make(HmacDigest digest_kind, std::string_view secret) {
  if (secret.empty()) return fail(ErrorCode::InvalidConfiguration, "the HMAC secret is empty");
  const ErrorQueueMark mark;
  const char* name = digest_kind == HmacDigest::Sha256 ? "SHA256" : "SHA512";
  Digest digest(EVP_MD_fetch(nullptr, name, nullptr));
  if (!digest) return fail(ErrorCode::InvalidConfiguration, "OpenSSL has no " + std::string(name));

  WipedBytes<kMaxBlockSize> key_block;
  const auto block_size = static_cast<std::size_t>(EVP_MD_get_block_size(digest.get()));
  bool sound = block_size <= kMaxBlockSize;
  if (sound && secret.size() > block_size) {
    sound = digest_of(digest.get(), secret, key_block.data());
  } else if (sound) {
    secret.copy(reinterpret_cast<char*>(key_block.data()), secret.size());
  }
  const ByteView block(key_block.data(), sound ? block_size : 0);
  DigestContext inner = keyed_state(digest.get(), block, 0x36);
  DigestContext outer = keyed_state(digest.get(), block, 0x5c);
  if (!sound || !inner || !outer) {
    return fail(ErrorCode::InvalidConfiguration, "OpenSSL could not take the HMAC secret");
  }
  return HmacKey(std::unique_ptr<const States>(
      new States{std::move(digest), std::move(inner), std::move(outer)}));
}

Result<Signature> HmacKey::sign(std::initializer_list<std::string_view> parts) const {
  // Copying a keyed state costs half of EVP_MAC_CTX_dup and a quarter of HMAC() on a message of an
  // order's size (signature_bench.cpp).
  const ErrorQueueMark mark;
  const DigestContext context(EVP_MD_CTX_new());
  Signature signature;
  unsigned size = 0;
  bool done = context && EVP_MD_CTX_copy_ex(context.get(), states_->inner.get()) == 1;
  for (const std::string_view part : parts) {
    done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  done = done && EVP_DigestFinal_ex(context.get(), signature.bytes_.data(), &size) == 1 &&
         EVP_MD_CTX_copy_ex(context.get(), states_->outer.get()) == 1 &&
         EVP_DigestUpdate(context.get(), signature.bytes_.data(), size) == 1 &&
         EVP_DigestFinal_ex(context.get(), signature.bytes_.data(), &size) == 1;
  if (!done) return fail(ErrorCode::SigningFailed, "the request could not be signed with HMAC");
  signature.size_ = size;
  return signature;
}

struct Ed25519Key::PrivateKey {
  KeyPointer key;
};

Ed25519Key::Ed25519Key(std::unique_ptr<const PrivateKey> key) : key_(std::move(key)) {}
Ed25519Key::Ed25519Key(Ed25519Key&&) noexcept = default;
Ed25519Key& Ed25519Key::operator=(Ed25519Key&&) noexcept = default;
Ed25519Key::~Ed25519Key() = default;

Result<Ed25519Key> Ed25519Key::from_pem(std::string_view pem) {
  constexpr std::size_t kMaxPemSize = 16 * 1024;
  const ErrorQueueMark mark;
  KeyPointer key;
  if (pem.size() <= kMaxPemSize) {
    const Buffer buffer(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    if (buffer) key.reset(PEM_read_bio_PrivateKey(buffer.get(), nullptr, no_pass_phrase, nullptr));
  }
  if (!key) {
    return fail(ErrorCode::InvalidConfiguration,
                "the private key is not an unencrypted PKCS#8 key in PEM");
  }
  if (EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) {
    return fail(ErrorCode::InvalidConfiguration, "the private key is not an Ed25519 key");
  }
  return Ed25519Key(std::unique_ptr<const PrivateKey>(new PrivateKey{std::move(key)}));
}

Result<Signature> Ed25519Key::sign(std::initializer_list<std::string_view> parts) const {
  const ErrorQueueMark mark;
  // Ed25519 hashes its message twice, so OpenSSL takes it in one piece only.
  std::string message;
  for (const std::string_view part : parts) message += part;
  const DigestContext context(EVP_MD_CTX_new());
  Signature signature;
  std::size_t size = signature.bytes_.size();
  const bool done =
      context &&
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->key.get()) == 1 &&
      EVP_DigestSign(context.get(), signature.bytes_.data(), &size, bytes_of(message).data(),
                     message.size()) == 1;
  if (!done) return fail(ErrorCode::SigningFailed, "the request could not be signed with Ed25519");
  signature.size_ = size;
  return signature;
}

}  // namespace apiforge::connectors
