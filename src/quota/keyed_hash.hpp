// A keyed hash of bytes (SipHash-2-4, Aumasson and Bernstein 2012): who does not know the key
// cannot make two texts collide, so tables that strangers fill stay fast and counters stay apart.
// Pure.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace apiforge::quota {

std::uint64_t keyed_hash(const std::array<std::uint64_t, 2>& key, std::string_view bytes);

}  // namespace apiforge::quota
