// Ids of requests whose caller sent none, or whose head could not be read. Pure; any thread.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "base/random.hpp"

namespace apiforge::gateway {

/// The hexadecimal digits of four bits each, one a byte.
inline std::uint64_t hexadecimal(std::uint32_t bits) {
  std::uint64_t fours = bits;
  fours = (fours | fours << 16) & 0x0000'ffff'0000'ffff;
  fours = (fours | fours << 8) & 0x00ff'00ff'00ff'00ff;
  fours = (fours | fours << 4) & 0x0f0f'0f0f'0f0f'0f0f;
  const std::uint64_t is_letter = (fours + 0x0606'0606'0606'0606) >> 4 & 0x0101'0101'0101'0101;
  return fours + 0x3030'3030'3030'3030 + is_letter * ('a' - '9' - 1);
}

/// 32 hexadecimal digits; into `id`, as a call that is used again has room for them.
inline void make_request_id(Random& random, std::string& id) {
  std::array<std::uint64_t, 4> digits;
  for (std::size_t word = 0; word < digits.size(); word += 2) {
    const std::uint64_t bits = random.next();
    digits[word] = hexadecimal(static_cast<std::uint32_t>(bits));
    digits[word + 1] = hexadecimal(static_cast<std::uint32_t>(bits >> 32));
  }
  id.assign(reinterpret_cast<const char*>(digits.data()), sizeof digits);
}

}  // namespace apiforge::gateway
