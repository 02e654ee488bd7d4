// Authenticated encryption as the vault uses it: XChaCha20-Poly1305-IETF with a random nonce. Pure
// but for the nonce; any thread.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "auth/vault/secret_key.hpp"
#include "base/secret.hpp"

namespace apiforge::auth {

/// Nonce (24 bytes), ciphertext and tag (16 bytes). The nonce is random: with 192 bits it never
/// repeats under one key in practice.
std::string encrypt(const SecretKey& key, std::string_view associated, std::string_view plain);

/// The plain text; nullopt when a byte of `sealed` or `associated` is another than it was, or the
/// key is.
std::optional<Secret> decrypt(const SecretKey& key, std::string_view associated,
                              std::string_view sealed);

/// Joins parts so that no other parts give the same text: each is preceded by its length.
std::string associated_data(std::initializer_list<std::string_view> parts);

}  // namespace apiforge::auth
