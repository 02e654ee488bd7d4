#include "base/secret.hpp"

#include <string.h>

namespace apiforge {

// A short text lives inside its string and would stay behind in a moved-from one: so it is copied,
// and the original wiped.
Secret::Secret(Secret&& other) noexcept {
  *this = std::move(other);
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = other.value_;
    other.wipe();
  }
  return *this;
}

void Secret::wipe() {
  // explicit_bzero is not removed by the optimiser, unlike memset on dying memory.
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace apiforge
