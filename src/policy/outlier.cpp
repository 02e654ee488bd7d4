#include "policy/outlier.hpp"

#include <algorithm>

namespace apiforge::policy {

OutlierDetector::OutlierDetector(const model::OutlierEjection& config, std::size_t endpoints)
    : config_(config), endpoints_(endpoints) {}

bool OutlierDetector::on_result(std::size_t endpoint, CallResult result, MonotonicTime now) {
  Endpoint& state = endpoints_[endpoint];
  if (config_.consecutive_failures == 0 || now < state.ejected_until) return false;
  if (result == CallResult::Success) {
    state = Endpoint{};
    return false;
  }
  state.failures = std::min(state.failures + 1, config_.consecutive_failures);
  if (state.failures < config_.consecutive_failures) return false;
  // At the bound the count stays full, so that the next failure asks again.
  if (ejected_count(now) >= max_ejected()) return false;
  ++state.ejections;
  state.failures = 0;
  state.ejected_until = now + ejection_time(state.ejections);
  return true;
}

std::size_t OutlierDetector::ejected_count(MonotonicTime now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      endpoints_, [&](const Endpoint& endpoint) { return now < endpoint.ejected_until; }));
}

std::size_t OutlierDetector::max_ejected() const {
  if (endpoints_.size() < 2) return 0;
  const std::size_t share = endpoints_.size() * config_.max_percent / 100;
  return std::clamp<std::size_t>(share, 1, endpoints_.size() - 1);
}

std::chrono::nanoseconds OutlierDetector::ejection_time(std::uint32_t ejections) const {
  const auto base = std::max(config_.base_time, model::milliseconds{1});
  // Compared as a count first: the product must not overflow.
  if (config_.max_time / base < ejections)
    return std::max(config_.max_time, model::milliseconds{1});
  return base * ejections;
}

}  // namespace apiforge::policy
