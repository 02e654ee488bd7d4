// LoadShedder: refuses the least urgent calls of a worker whose loop is late, so that those that
// are served are served in time (CoDel: the least delay within an interval is above the target).
// Pure; one worker's.
#pragma once
#include <cstdint>

#include "base/clock.hpp"
#include "model/quota.hpp"

namespace apiforge::policy {

class LoadShedder {
 public:
  struct Config {
    std::chrono::milliseconds target{5};  ///< 0: never sheds
    std::chrono::milliseconds interval{100};
  };
  explicit LoadShedder(Config config) : config_(config) {}

  /// How long what the loop does now had to wait. To be told also when it did not wait: nothing
  /// told for an interval means that there was nothing to do.
  void on_delay(std::chrono::nanoseconds delay, MonotonicTime now);
  /// `roll` is random, 0..1: a class is shed by degrees. `Admin` never is.
  bool sheds(model::PriorityClass priority, double roll) const;
  /// 0: nothing is shed; 4: all but `Admin`.
  double pressure() const { return pressure_; }

 private:
  void adjust(std::chrono::nanoseconds least);

  Config config_;
  double pressure_ = 0;
  std::uint32_t calm_ = 0;  ///< intervals in a row that were not above the target
  MonotonicTime interval_end_{};
  std::chrono::nanoseconds least_ = std::chrono::nanoseconds::max();  ///< in this interval
  std::chrono::nanoseconds least_before_{0};
};

}  // namespace apiforge::policy
