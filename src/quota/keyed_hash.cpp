#include "quota/keyed_hash.hpp"

#include <bit>
#include <cstring>

namespace apiforge::quota {
namespace {

struct Rounds {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

/// Up to eight bytes, the first the lowest.
std::uint64_t word_of(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return word;
}

}  // namespace

std::uint64_t keyed_hash(const std::array<std::uint64_t, 2>& key, std::string_view bytes) {
  Rounds rounds{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
                key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573};
  const std::uint64_t length = static_cast<std::uint64_t>(bytes.size()) << 56;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(&word, bytes.data(), sizeof word);
    } else {
      word = word_of(bytes.substr(0, 8));
    }
    rounds.absorb(word);
  }
  rounds.absorb(length | word_of(bytes));
  rounds.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) rounds.round();
  return rounds.v0 ^ rounds.v1 ^ rounds.v2 ^ rounds.v3;
}

}  // namespace apiforge::quota
