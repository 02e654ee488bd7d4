#include "quota/keyed_hash.hpp"

#include <sodium.h>

#include <bit>

#include "base/encoding.hpp"

namespace apiforge::quota {

std::uint64_t keyed_hash(const std::array<std::uint64_t, 2>& key, std::string_view bytes) {
  using Hash = std::array<unsigned char, crypto_shorthash_siphash24_BYTES>;
  using Key = std::array<unsigned char, crypto_shorthash_siphash24_KEYBYTES>;
  static_assert(sizeof(Hash) == sizeof(std::uint64_t) && sizeof(Key) == sizeof key);
  Hash hash{};
  const auto text = bytes_of(bytes);
  const Key key_bytes = std::bit_cast<Key>(key);
  // Never fails.
  static_cast<void>(
      crypto_shorthash_siphash24(hash.data(), text.data(), text.size(), key_bytes.data()));
  return std::bit_cast<std::uint64_t>(hash);
}

}  // namespace apiforge::quota
