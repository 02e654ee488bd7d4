#include "policy/clock_offset.hpp"

namespace apiforge::policy {
namespace {

/// What two ordinary crystals may drift apart, in parts per million.
constexpr std::int64_t kDriftPpm = 100;
/// Providers tell their time in milliseconds, cut off.
constexpr std::chrono::nanoseconds kResolution = std::chrono::milliseconds(1);

}  // namespace

bool ClockOffset::sample(WallTime sent, WallTime received, WallTime server, MonotonicTime now) {
  const auto round_trip = received - sent;
  if (round_trip < std::chrono::nanoseconds(0) || round_trip > kMaxRoundTrip) return false;
  const Sample fresh{server - (sent + round_trip / 2), round_trip, now};
  if (count_ > 0) {
    const auto difference = std::chrono::abs(fresh.offset - best_.offset);
    if (difference > error_of(fresh, now) + error_of(best_, now)) count_ = next_ = 0;
  }
  samples_[next_] = fresh;
  next_ = (next_ + 1) % kSamples;
  if (count_ < kSamples) ++count_;
  last_ = now;
  expired_ = false;
  choose_best(now);
  return true;
}

std::chrono::nanoseconds ClockOffset::error_of(const Sample& sample, MonotonicTime now) {
  const auto age = now > sample.taken ? now - sample.taken : std::chrono::nanoseconds(0);
  return sample.round_trip / 2 + kResolution + age / (1'000'000 / kDriftPpm);
}

void ClockOffset::choose_best(MonotonicTime now) {
  best_ = samples_[0];
  for (std::size_t i = 1; i < count_; ++i) {
    if (error_of(samples_[i], now) < error_of(best_, now)) best_ = samples_[i];
  }
}

std::chrono::nanoseconds ClockOffset::offset() const {
  return best_.offset;
}

std::optional<std::chrono::nanoseconds> ClockOffset::error(MonotonicTime now) const {
  if (count_ == 0) return std::nullopt;
  return error_of(best_, now);
}

bool ClockOffset::due(MonotonicTime now) const {
  return count_ == 0 || expired_ || now - last_ >= kSyncInterval;
}

}  // namespace apiforge::policy
