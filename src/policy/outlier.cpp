#include "policy/outlier.hpp"

#include <algorithm>
#include <cmath>

namespace apiforge::policy {
namespace {

/// Of so many latencies the mean of logarithms is made: one reply that took a hundred times as long
/// moves it by a factor of 1.6; eight replies of twenty times as long move it by five.
constexpr std::uint32_t kLatencies = 10;

/// Medians below this say more of the machine than of the endpoints.
constexpr double kNoiseNs = 1e6;

/// Finding the median looks at every endpoint, which a call must not pay for each time.
constexpr std::chrono::milliseconds kMedianAge{100};

}  // namespace

void CallWindow::advance(MonotonicTime now) {
  const std::int64_t slot = now.time_since_epoch() / kSlotWidth;
  if (slot <= newest_) return;
  const auto passed = std::min<std::int64_t>(slot - newest_, kSlots);
  for (std::int64_t i = 1; i <= passed; ++i) {
    Slot& old = slots_[static_cast<std::size_t>(newest_ + i) % kSlots];
    calls_ -= old.calls;
    failures_ -= old.failures;
    old = {};
  }
  newest_ = slot;
}

void CallWindow::add(bool failed, MonotonicTime now) {
  advance(now);
  Slot& slot = slots_[static_cast<std::size_t>(newest_) % kSlots];
  const std::uint32_t failure = failed ? 1 : 0;
  slot.calls += 1;
  slot.failures += failure;
  calls_ += 1;
  failures_ += failure;
}

OutlierDetector::OutlierDetector(const model::OutlierEjection& config, std::size_t endpoints)
    : config_(config), endpoints_(endpoints) {
  known_.reserve(endpoints);
}

bool OutlierDetector::on_result(std::size_t endpoint, CallResult result, MonotonicTime now,
                                std::optional<std::chrono::nanoseconds> latency) {
  Endpoint& state = endpoints_[endpoint];
  if (endpoints_.size() < 2 || now < state.ejected_until) return false;
  note(state, result, now, latency);
  const Reason reason = reason_to_eject(state, result, now);
  if (reason == Reason::None) {
    forgive_when_disproved(state, result);
    return false;
  }
  // At the bound the counts stay, so that the next result asks again.
  if (ejected_count(now) >= max_ejected()) return false;
  const std::uint32_t ejections = state.ejections + 1;
  state = Endpoint{};
  state.ejections = ejections;
  state.last_reason = reason;
  state.ejected_until = now + ejection_time(ejections);
  return true;
}

void OutlierDetector::note(Endpoint& state, CallResult result, MonotonicTime now,
                           std::optional<std::chrono::nanoseconds> latency) const {
  const bool failed = result == CallResult::Failure;
  state.window.add(failed, now);
  state.in_a_row = failed ? state.in_a_row + 1 : 0;
  if (config_.latency_factor == 0 || !latency) return;
  const double value = std::log(std::max(1.0, static_cast<double>(latency->count())));
  state.latencies = std::min(state.latencies + 1, kLatencies);
  state.log_latency += (value - state.log_latency) / state.latencies;
}

OutlierDetector::Reason OutlierDetector::reason_to_eject(const Endpoint& state, CallResult result,
                                                         MonotonicTime now) {
  const bool failed = result == CallResult::Failure;
  if (failed && config_.consecutive_failures > 0 &&
      state.in_a_row >= config_.consecutive_failures) {
    return Reason::InARow;
  }
  const bool probation = state.last_reason == Reason::Rate || state.last_reason == Reason::Latency;
  const std::uint32_t enough = std::max(config_.minimum_calls, 1u);
  if (state.window.calls() < (probation ? std::min(enough, kProbationCalls) : enough)) {
    return Reason::None;
  }
  if (failed && config_.failure_percent > 0 &&
      std::uint64_t{state.window.failures()} * 100 >=
          std::uint64_t{state.window.calls()} * config_.failure_percent) {
    return Reason::Rate;
  }
  return far_slower_than_others(state, now) ? Reason::Latency : Reason::None;
}

bool OutlierDetector::far_slower_than_others(const Endpoint& state, MonotonicTime now) {
  if (config_.latency_factor == 0 || state.latencies == 0) return false;
  if (!median_ || now >= median_at_ + kMedianAge) find_median(now);
  if (!median_) return false;
  const double normal = std::max(*median_, std::log(kNoiseNs));
  return state.log_latency >= normal + std::log(static_cast<double>(config_.latency_factor));
}

/// Of an even number of endpoints the lower median counts: with half of them slow, the others are
/// what is normal. One endpoint alone is neither slow nor fast.
void OutlierDetector::find_median(MonotonicTime now) {
  median_.reset();
  known_.clear();
  for (const Endpoint& endpoint : endpoints_) {
    if (endpoint.latencies > 0 && now >= endpoint.ejected_until) {
      known_.push_back(endpoint.log_latency);
    }
  }
  if (known_.size() < 2) return;
  const auto middle = known_.begin() + static_cast<std::ptrdiff_t>((known_.size() - 1) / 2);
  std::ranges::nth_element(known_, middle);
  median_ = *middle;
  median_at_ = now;
}

/// Failures in a row are disproved by one success; the others by enough calls to judge.
void OutlierDetector::forgive_when_disproved(Endpoint& state, CallResult result) const {
  if (state.last_reason == Reason::None) return;
  const bool disproved = state.last_reason == Reason::InARow
                             ? result == CallResult::Success
                             : state.window.calls() >= config_.minimum_calls;
  if (!disproved) return;
  state.ejections = 0;
  state.last_reason = Reason::None;
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
