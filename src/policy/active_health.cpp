#include "policy/active_health.hpp"

#include <algorithm>

namespace apiforge::policy {

ActiveHealth::ActiveHealth(const model::HealthCheck& config, MonotonicTime now, bool up)
    : healthy_(std::max(config.healthy, 1u)),
      unhealthy_(std::max(config.unhealthy, 1u)),
      interval_(std::max(config.interval, model::milliseconds{1})),
      up_(up),
      next_check_(now) {}

std::optional<HealthTurn> ActiveHealth::update(MonotonicTime begun, bool success, Random& random) {
  const auto jitter = static_cast<std::uint64_t>(interval_.count()) * kJitterPercent / 100;
  const auto drawn = static_cast<std::int64_t>(random.below(2 * jitter + 1));
  next_check_ =
      begun + interval_ + std::chrono::nanoseconds(drawn - static_cast<std::int64_t>(jitter));
  if (success == up_) {
    against_ = 0;
    return std::nullopt;
  }
  if (++against_ < (up_ ? unhealthy_ : healthy_)) return std::nullopt;
  up_ = success;
  against_ = 0;
  return up_ ? HealthTurn::CameUp : HealthTurn::WentDown;
}

}  // namespace apiforge::policy
