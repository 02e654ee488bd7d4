// SpscRing: a bounded queue from one producing thread to one consuming thread, without locks.
// Owned by whoever connects the two.
#pragma once
#include <array>
#include <atomic>
#include <cstddef>

namespace apiforge::observe {

/// `Capacity` is a power of two. `T` is cheap to copy.
template <class T, std::size_t Capacity>
class SpscRing {
  static_assert((Capacity & (Capacity - 1)) == 0);

 public:
  /// Producer: false when the ring is full.
  bool push(T value) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == Capacity) return false;
    slots_[tail % Capacity] = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  /// Consumer: false when the ring is empty.
  bool pop(T& value) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    value = slots_[head % Capacity];
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  static constexpr std::size_t kCacheLine = 64;
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
  alignas(kCacheLine) std::array<T, Capacity> slots_{};
};

}  // namespace apiforge::observe
