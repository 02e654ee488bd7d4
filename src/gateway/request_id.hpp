// Ids of requests whose caller sent none, or whose head could not be read. Pure; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "base/random.hpp"

namespace apiforge::gateway {

/// 32 hexadecimal digits; into `id`, as a call that is used again has room for them.
inline void make_request_id(Random& random, std::string& id) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::array<char, 32> digits;
  for (std::size_t word = 0; word < 2; ++word) {
    std::uint64_t bits = random.next();
    for (std::size_t i = 0; i < 16; ++i, bits >>= 4) digits[word * 16 + i] = kDigits[bits & 15];
  }
  id.assign(digits.data(), digits.size());
}

}  // namespace apiforge::gateway
