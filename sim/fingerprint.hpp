// fingerprint: reproducible pseudo-random numbers that depend on nothing but their inputs. Pure.
#pragma once
#include <cstdint>
#include <string_view>

namespace apiforge::sim {

/// splitmix64: every bit of the result depends on every bit of the input.
constexpr std::uint64_t scatter(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

constexpr std::uint64_t fingerprint(std::uint64_t seed, std::uint64_t value) {
  return scatter(scatter(seed) ^ value);
}

constexpr std::uint64_t fingerprint(std::uint64_t seed, std::string_view text) {
  std::uint64_t hash = scatter(seed);
  for (const char c : text) hash = scatter(hash ^ static_cast<unsigned char>(c));
  return hash;
}

}  // namespace apiforge::sim
