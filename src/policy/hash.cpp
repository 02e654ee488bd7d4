#include "policy/hash.hpp"

#include <bit>

#include "base/load.hpp"

namespace apiforge::policy {
namespace {

// Odd words with as many ones as zeroes, from wyhash.
constexpr std::uint64_t kFirst = 0xa0761d6478bd642f;
constexpr std::uint64_t kSecond = 0xe7037ed1a0b428db;

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Little-endian, so that all nodes of a mixed cluster agree.
template <class Word>
std::uint64_t read(const char* at) {
  const auto word = load<Word>(at);
  if constexpr (std::endian::native == std::endian::big) {
    if constexpr (sizeof word == 8) return __builtin_bswap64(word);
    return __builtin_bswap32(static_cast<std::uint32_t>(word));
  }
  return word;
}

/// 0 to 7 bytes as one word.
std::uint64_t read_tail(const char* at, std::size_t size) {
  if (size >= 4) return read<std::uint32_t>(at) | read<std::uint32_t>(at + size - 4) << 32;
  if (size == 0) return 0;
  const auto byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(at[i])}; };
  return byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16;
}

}  // namespace

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t state = fold(seed ^ kFirst, bytes.size() ^ kSecond);
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    state = fold(state ^ read<std::uint64_t>(at), kSecond);
  }
  return fold(state ^ read_tail(at, left) ^ kFirst, kSecond);
}

std::uint64_t hash_pair(std::uint64_t first, std::uint64_t second) {
  return fold(fold(first ^ kFirst, kSecond) ^ second, kFirst ^ second);
}

}  // namespace apiforge::policy
