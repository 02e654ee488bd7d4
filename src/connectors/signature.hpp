// Signing keys of providers: HMAC-SHA256, HMAC-SHA512 and Ed25519. A key is parsed once and then
// signs any number of messages; all const functions may be called from any thread at once.
// A connector owns its keys. Key material is wiped when a key goes and is never part of an error.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "base/encoding.hpp"
#include "base/error.hpp"

namespace apiforge::connectors {

/// The raw bytes of a signature; `hex` and `base64` of base/encoding.hpp make text of them.
class Signature {
 public:
  static constexpr std::size_t kMaxSize = 64;

  ByteView bytes() const { return ByteView(bytes_).first(size_); }

 private:
  friend class HmacKey;
  friend class Ed25519Key;
  std::array<std::uint8_t, kMaxSize> bytes_{};
  std::size_t size_ = 0;
};

enum class HmacDigest : std::uint8_t { Sha256, Sha512 };

/// A shared secret (RFC 2104). The two hash states that depend on the secret alone are computed
/// once and copied for each message.
class HmacKey {
 public:
  /// `secret` is the raw key of 1 byte or more; fails with InvalidConfiguration when it is empty.
  static Result<HmacKey> make(HmacDigest digest, std::string_view secret);

  HmacKey(HmacKey&&) noexcept;
  HmacKey& operator=(HmacKey&&) noexcept;
  ~HmacKey();

  /// The code over the concatenation of `parts`, 32 or 64 bytes. Fails with SigningFailed only when
  /// OpenSSL has no memory.
  Result<Signature> sign(std::initializer_list<std::string_view> parts) const;

 private:
  struct States;
  explicit HmacKey(std::unique_ptr<const States> states);
  std::unique_ptr<const States> states_;
};

/// An Ed25519 private key (RFC 8032).
class Ed25519Key {
 public:
  /// `pem` is an unencrypted PKCS#8 private key (`-----BEGIN PRIVATE KEY-----`, RFC 8410).
  /// Fails with InvalidConfiguration for anything else; a pass phrase is never asked for.
  static Result<Ed25519Key> from_pem(std::string_view pem);

  Ed25519Key(Ed25519Key&&) noexcept;
  Ed25519Key& operator=(Ed25519Key&&) noexcept;
  ~Ed25519Key();

  /// The 64-byte signature of the concatenation of `parts`. Fails with SigningFailed only when
  /// OpenSSL has no memory.
  Result<Signature> sign(std::initializer_list<std::string_view> parts) const;

 private:
  struct PrivateKey;
  explicit Ed25519Key(std::unique_ptr<const PrivateKey> key);
  std::unique_ptr<const PrivateKey> key_;
};

}  // namespace apiforge::connectors
