#include "policy/store_guard.hpp"

namespace apiforge::policy {

bool StoreGuard::admit(MonotonicTime now) {
  if (!is_open()) return true;
  if (now < next_probe_) return false;
  // A probe that never ends is followed by another one.
  next_probe_ = now + rule_.pause;
  return true;
}

void StoreGuard::succeeded() {
  errors_ = 0;
}

void StoreGuard::failed(MonotonicTime now) {
  if (is_open()) {
    next_probe_ = now + rule_.pause;
    return;
  }
  if (++errors_ >= rule_.errors) next_probe_ = now + rule_.pause;
}

}  // namespace apiforge::policy
