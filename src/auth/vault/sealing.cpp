#include "auth/vault/sealing.hpp"

#include <sodium.h>

#include <algorithm>

namespace apiforge::auth {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(SecretKey::kBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

// Longer than any std::string keeps inside itself: a text in memory of its own moves without
// leaving a copy behind.
constexpr std::size_t kSealingInOwnMemory = 64;

std::uint8_t* writable(std::string& text) {
  return reinterpret_cast<std::uint8_t*>(text.data());
}

}  // namespace

std::string encrypt(const SecretKey& key, std::string_view associated, std::string_view plain) {
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  std::uint8_t* const nonce = writable(sealed);
  randombytes_buf(nonce, kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      nonce + kNonceBytes, nullptr, bytes_of(plain).data(), plain.size(),
      bytes_of(associated).data(), associated.size(), nullptr, nonce, key.reveal().data());
  return sealed;
}

std::optional<Secret> decrypt(const SecretKey& key, std::string_view associated,
                              std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const ByteView nonce = bytes_of(sealed.substr(0, kNonceBytes));
  const ByteView ciphertext = bytes_of(sealed.substr(kNonceBytes));
  std::string plain;
  plain.reserve(std::max(ciphertext.size(), kSealingInOwnMemory));
  plain.resize(ciphertext.size() - kTagBytes);
  // On failure nothing of the plain text is left in the buffer.
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          writable(plain), nullptr, nullptr, ciphertext.data(), ciphertext.size(),
          bytes_of(associated).data(), associated.size(), nonce.data(), key.reveal().data()) != 0) {
    return std::nullopt;
  }
  return Secret(std::move(plain));
}

std::string associated_data(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) {
    joined += std::to_string(part.size());
    joined += ':';
    joined += part;
  }
  return joined;
}

}  // namespace apiforge::auth
