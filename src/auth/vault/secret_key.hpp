// SecretKey: 32 bytes of key material in guarded memory: locked where the system allows it, left
// out of core dumps, wiped when it goes. A value that can be moved but not copied; one thread at a
// time, reading from any.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "base/encoding.hpp"

namespace apiforge::auth {

class SecretKey {
 public:
  static constexpr std::size_t kBytes = 32;

  /// From libsodium's generator.
  static SecretKey random();
  /// A copy of `bytes`, which must be kBytes long; wiping the original is the caller's.
  static SecretKey copy_of(ByteView bytes);

  /// Never empty but after a move.
  std::span<const std::uint8_t, kBytes> reveal() const {
    return std::span<const std::uint8_t, kBytes>(bytes_.get(), kBytes);
  }

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const;
  };
  SecretKey();
  std::unique_ptr<std::uint8_t, Free> bytes_;
};

}  // namespace apiforge::auth
