// Metric cells: numbers that one thread writes and any thread reads. The writer loads and stores
// without a lock prefix, so counting costs about a nanosecond. Owned by the cell groups of
// call_metrics.hpp.
#pragma once
#include <atomic>
#include <cstdint>

namespace apiforge::observe {

/// A number that only grows. One writing thread; readers may see it a moment late.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down. One writing thread.
class Gauge {
 public:
  void add(std::int64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Keeps a gauge one higher while it lives. The gauge's writing thread; it outlives this.
class Raised {
 public:
  explicit Raised(Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  ~Raised() { gauge_.add(-1); }
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;

 private:
  Gauge& gauge_;
};

}  // namespace apiforge::observe
