#include "policy/adaptive_limit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Netflix's Gradient2Limit: a latency up to this much above the long-term one is no queue yet.
constexpr double kTolerance = 1.5;
constexpr double kSmoothing = 0.2;
constexpr double kLeastGradient = 0.5;
constexpr std::uint32_t kLongTerm = 600;  // intervals
constexpr double kLongTermDecay = 0.9;    // when latency has fallen to less than half of it
constexpr double kOverloadCut = 0.9;
constexpr nanoseconds kInterval = milliseconds(100);
constexpr std::uint32_t kLeastSamples = 10;

// The share of the limit at which a class stops, the most urgent first. Cancelling is rare and has
// to come through: it may go beyond the limit.
constexpr std::array<double, model::kPriorityClasses> kShares{2, 2, 1, 0.7, 0.45};

double nanoseconds_in(nanoseconds time) {
  return static_cast<double>(time.count());
}

}  // namespace

AdaptiveLimit::AdaptiveLimit(const model::AdaptiveConcurrency& config)
    : config_(config), limit_(config.initial) {
  clamp_limit();
}

std::uint32_t AdaptiveLimit::limit() const {
  return static_cast<std::uint32_t>(limit_);
}

void AdaptiveLimit::clamp_limit() {
  const double least = std::max<double>(config_.min, 1);
  limit_ = std::clamp(limit_, least, std::max<double>(config_.max, least));
}

bool AdaptiveLimit::admits(model::PriorityClass priority, std::uint32_t in_flight) const {
  if (priority == model::PriorityClass::Admin) return true;
  return in_flight < std::ceil(limit() * kShares[static_cast<std::size_t>(priority)]);
}

void AdaptiveLimit::on_latency(nanoseconds latency, std::uint32_t in_flight, MonotonicTime now) {
  if (samples_ == 0) interval_from_ = now;
  ++samples_;
  latency_sum_ += nanoseconds_in(latency);
  most_in_flight_ = std::max(most_in_flight_, in_flight);
  if (samples_ < kLeastSamples || now - interval_from_ < kInterval) return;
  adjust(latency_sum_ / samples_);
  samples_ = 0;
  latency_sum_ = 0;
  most_in_flight_ = 0;
}

void AdaptiveLimit::adjust(double latency) {
  // An exponential mean that begins as a plain one.
  intervals_ = std::min(intervals_ + 1, kLongTerm);
  long_term_ += (latency - long_term_) / intervals_;
  if (long_term_ > 2 * latency) long_term_ *= kLongTermDecay;

  double gradient = kTolerance * long_term_ / std::max(latency, 1.0);
  const double target = nanoseconds_in(config_.target);
  const bool above_target = target > 0 && latency > target;
  if (above_target) gradient = std::min(gradient, target / latency);
  gradient = std::clamp(gradient, kLeastGradient, 1.0);
  // A limit that is far from being reached has shown nothing.
  if (most_in_flight_ < limit_ / 2 && !above_target) return;
  const double room = above_target ? 0 : std::sqrt(limit_);
  const double next = limit_ * gradient + room;
  limit_ += (next - limit_) * kSmoothing;
  clamp_limit();
}

void AdaptiveLimit::on_overload(MonotonicTime now) {
  // Calls that were under way together are refused together: they count once.
  if (now < no_cut_before_) return;
  no_cut_before_ = now + std::max(kInterval, nanoseconds(static_cast<std::int64_t>(long_term_)));
  limit_ *= kOverloadCut;
  clamp_limit();
}

}  // namespace apiforge::policy
