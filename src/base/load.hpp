// Reading a number, or a vector of bytes, from any place in memory. Pure; any thread.
#pragma once
#include <cstring>
#include <type_traits>

namespace apiforge {

/// The bytes at `from` as a T, in the order of the machine, aligned or not. `from` has that many.
template <class T>
  requires std::is_trivially_copyable_v<T>
T load(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

}  // namespace apiforge
