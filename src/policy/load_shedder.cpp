#include "policy/load_shedder.hpp"

#include <algorithm>

namespace apiforge::policy {
namespace {

using std::chrono::nanoseconds;

constexpr double kMostPressure = 4;  // classes that may be shed
// Above the target the pressure follows the delay as in PIE (RFC 8033): by how much it grew within
// an interval, which tells how much too much comes, and a little by how far above the target it is.
// A delay that falls was shed for already.
constexpr double kByGrowth = 0.2;
constexpr double kByExcess = 0.03;
constexpr double kMostStep = 0.3;
// After the n-th interval in a row that was not above the target it falls by n times this: slowly
// while it feels for what can be served, and to nothing within seconds when the load has gone.
constexpr double kFall = 0.003;
constexpr std::int64_t kMostIdleIntervals = 100;

}  // namespace

void LoadShedder::on_delay(nanoseconds delay, MonotonicTime now) {
  if (config_.target.count() <= 0) return;
  if (interval_end_ == MonotonicTime{}) interval_end_ = now + config_.interval;
  if (now >= interval_end_) {
    adjust(least_);
    const std::int64_t idle =
        std::min<std::int64_t>((now - interval_end_) / config_.interval, kMostIdleIntervals);
    for (std::int64_t i = 0; i < idle && pressure_ > 0; ++i) adjust(nanoseconds(0));
    interval_end_ = now + config_.interval;
    least_ = nanoseconds::max();
  }
  least_ = std::min(least_, delay);
}

void LoadShedder::adjust(nanoseconds least) {
  using Span = std::chrono::duration<double, std::nano>;
  if (least > config_.target) {
    calm_ = 0;
    const double growth = Span(least - least_before_) / config_.interval;
    const double excess = Span(least - config_.target) / config_.interval;
    pressure_ += std::clamp(kByGrowth * growth + kByExcess * excess, -kMostStep, kMostStep);
  } else {
    ++calm_;
    pressure_ -= kFall * calm_;
  }
  least_before_ = least;
  pressure_ = std::clamp(pressure_, 0.0, kMostPressure);
}

bool LoadShedder::sheds(model::PriorityClass priority, double roll) const {
  if (priority == model::PriorityClass::Admin) return false;
  const auto more_urgent =
      static_cast<double>(model::kPriorityClasses - 1) - static_cast<double>(priority);
  return roll < pressure_ - more_urgent;
}

}  // namespace apiforge::policy
