// StoreGuard: keeps calls away from a store that does not answer, so that a hang costs a few of
// them their patience and not each one. After some errors in a row calls are refused for a while;
// then one goes through as a probe. Pure; owned by whoever asks the store; one thread.
#pragma once
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace apiforge::policy {

class StoreGuard {
 public:
  struct Rule {
    std::uint32_t errors = 5;  ///< in a row
    std::chrono::nanoseconds pause = std::chrono::seconds(1);
  };

  StoreGuard() : StoreGuard(Rule{}) {}
  explicit StoreGuard(Rule rule) : rule_(rule) {}

  /// Whether the store may be asked. What was admitted ends in `succeeded` or in `failed`.
  bool admit(MonotonicTime now);
  /// The store has answered in time.
  void succeeded();
  /// It has not.
  void failed(MonotonicTime now);
  /// Whether calls are refused, but for probes.
  bool is_open() const { return errors_ >= rule_.errors; }

 private:
  Rule rule_;
  std::uint32_t errors_ = 0;  ///< in a row
  MonotonicTime next_probe_{};
};

}  // namespace apiforge::policy
