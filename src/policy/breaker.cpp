#include "policy/breaker.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace apiforge::policy {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// The word of the state, from its highest bits: 3 state, 5 times opened, 24 generation, 16 probes,
// 16 successes.
constexpr std::uint32_t kMostTimesOpened = 31;
constexpr std::uint32_t kGenerationMask = 0xFF'FFFF;
constexpr int kTimeBits = 40;  // milliseconds: thirty years of the clock
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << kTimeBits) - 1;
constexpr double kRoundingOfRates = 1e-9;

constexpr std::array<std::string_view, 5> kStateNames{"closed", "open", "half_open", "forced_open",
                                                      "forced_closed"};

nanoseconds open_time(const model::BreakerRule& rule, std::uint32_t times_opened) {
  nanoseconds time = rule.open;
  for (std::uint32_t i = 1; i < times_opened && time < rule.max_open; ++i) time *= 2;
  return std::min<nanoseconds>(time, std::max(rule.max_open, rule.open));
}

bool newer(std::uint32_t generation, std::uint32_t than) {
  const std::uint32_t ahead = (generation - than) & kGenerationMask;
  return ahead != 0 && ahead <= kGenerationMask / 2;
}

}  // namespace

std::string_view name_of(BreakerState state) {
  return kStateNames[static_cast<std::size_t>(state)];
}

// --- BreakerPermit -----------------------------------------------------------------------------

BreakerPermit::BreakerPermit(BreakerPermit&& other) noexcept
    : breaker_(std::move(other.breaker_)), generation_(other.generation_), probe_(other.probe_) {}

BreakerPermit& BreakerPermit::operator=(BreakerPermit&& other) noexcept {
  BreakerPermit taken(std::move(other));
  std::swap(breaker_, taken.breaker_);
  std::swap(generation_, taken.generation_);
  std::swap(probe_, taken.probe_);
  return *this;
}

BreakerPermit::~BreakerPermit() {
  if (breaker_ && probe_) breaker_->give_back_probe(generation_);
}

std::optional<BreakerChange> BreakerPermit::settle(const CallOutcome& outcome, MonotonicTime now) {
  const std::shared_ptr<Breaker> breaker = std::exchange(breaker_, nullptr);
  if (!breaker) return std::nullopt;
  return probe_ ? breaker->settle_probe(generation_, outcome, now)
                : breaker->settle_call(generation_, outcome, now);
}

// --- the word ----------------------------------------------------------------------------------

std::uint64_t Breaker::packed(const Phase& phase) {
  std::uint64_t word = static_cast<std::uint64_t>(phase.state);
  word = word << 5 | phase.times_opened;
  word = word << 24 | phase.generation;
  word = word << 16 | phase.probes;
  return word << 16 | phase.successes;
}

Breaker::Phase Breaker::unpacked(std::uint64_t word) {
  return {.state = static_cast<BreakerState>(word >> 61),
          .times_opened = static_cast<std::uint32_t>(word >> 56) & kMostTimesOpened,
          .generation = static_cast<std::uint32_t>(word >> 32) & kGenerationMask,
          .probes = static_cast<std::uint32_t>(word >> 16) & 0xFFFF,
          .successes = static_cast<std::uint32_t>(word) & 0xFFFF};
}

Breaker::Phase Breaker::entered(const Phase& from, BreakerState state) {
  Phase next{.state = state, .generation = (from.generation + 1) & kGenerationMask};
  if (state == BreakerState::Open || state == BreakerState::HalfOpen) {
    const std::uint32_t more = state == BreakerState::Open ? 1 : 0;
    next.times_opened = std::min(from.times_opened + more, kMostTimesOpened);
  }
  return next;
}

Breaker::Breaker(const model::BreakerRule& rule)
    : rule_(rule), phase_(packed(Phase{})), window_(rule.window) {}

// --- calls -------------------------------------------------------------------------------------

bool Breaker::has_room(const Phase& phase) const {
  return phase.probes + phase.successes < std::max(rule_.half_open_calls, 1u);
}

Breaker::Acquired Breaker::acquire(MonotonicTime now) {
  std::uint64_t word = phase_.load(std::memory_order_acquire);
  while (true) {
    const Phase phase = unpacked(word);
    Phase next = phase;
    Acquired acquired;
    switch (phase.state) {
      case BreakerState::Closed:
      case BreakerState::ForcedClosed:
        acquired.permit.breaker_ = shared_from_this();
        acquired.permit.generation_ = phase.generation;
        return acquired;
      case BreakerState::Open:
        if (open_until(phase, now) <= now) {
          next = entered(phase, BreakerState::HalfOpen);
          acquired.change = {phase.state, next.state};
        }
        break;
      case BreakerState::HalfOpen:
      case BreakerState::ForcedOpen:
        break;
    }
    if (next.state != BreakerState::HalfOpen || !has_room(next)) {
      rejected_.fetch_add(1, std::memory_order_relaxed);
      return {};
    }
    ++next.probes;
    if (phase_.compare_exchange_weak(word, packed(next), std::memory_order_acq_rel)) {
      acquired.permit.breaker_ = shared_from_this();
      acquired.permit.generation_ = next.generation;
      acquired.permit.probe_ = true;
      return acquired;
    }
  }
}

bool Breaker::would_admit(MonotonicTime now) const {
  const Phase phase = unpacked(phase_.load(std::memory_order_acquire));
  switch (phase.state) {
    case BreakerState::Open:
      return open_until(phase, now) <= now;
    case BreakerState::HalfOpen:
      return has_room(phase);
    case BreakerState::ForcedOpen:
      return false;
    case BreakerState::Closed:
    case BreakerState::ForcedClosed:
      break;
  }
  return true;
}

bool Breaker::is_slow(const CallOutcome& outcome) const {
  return rule_.slow_call && outcome.latency > *rule_.slow_call;
}

bool Breaker::too_bad(const Tally& tally) const {
  if (tally.calls < std::min(rule_.minimum_calls, OutcomeWindow::kSurelyCounted)) return false;
  const auto reaches = [&](std::uint32_t count, double rate) {
    return count > 0 && count + kRoundingOfRates >= rate * tally.calls;
  };
  return reaches(tally.failures, rule_.failure_rate) ||
         (rule_.slow_call && reaches(tally.slow, rule_.slow_rate));
}

std::optional<BreakerChange> Breaker::settle_call(std::uint32_t generation,
                                                  const CallOutcome& outcome, MonotonicTime now) {
  std::uint64_t word = phase_.load(std::memory_order_acquire);
  const Phase phase = unpacked(word);
  if (phase.generation != generation) return std::nullopt;
  const Tally tally = window_.record(generation, {outcome.failed, is_slow(outcome)}, now);
  if (phase.state != BreakerState::Closed || !too_bad(tally)) return std::nullopt;
  const Phase next = entered(phase, BreakerState::Open);
  // A closed breaker's word does not change but to another generation: who loses comes too late.
  if (!phase_.compare_exchange_strong(word, packed(next), std::memory_order_acq_rel)) {
    return std::nullopt;
  }
  begin_open(next, now);
  return BreakerChange{phase.state, next.state};
}

std::optional<BreakerChange> Breaker::settle_probe(std::uint32_t generation,
                                                   const CallOutcome& outcome, MonotonicTime now) {
  const bool bad = outcome.failed || is_slow(outcome);
  std::uint64_t word = phase_.load(std::memory_order_acquire);
  while (true) {
    const Phase phase = unpacked(word);
    if (phase.generation != generation) return std::nullopt;
    Phase next = phase;
    --next.probes;
    ++next.successes;
    if (bad) next = entered(phase, BreakerState::Open);
    if (!bad && next.successes >= rule_.half_open_calls) {
      next = entered(phase, BreakerState::Closed);
    }
    if (!phase_.compare_exchange_weak(word, packed(next), std::memory_order_acq_rel)) continue;
    if (bad) begin_open(next, now);
    if (next.state == phase.state) return std::nullopt;
    return BreakerChange{phase.state, next.state};
  }
}

void Breaker::give_back_probe(std::uint32_t generation) {
  std::uint64_t word = phase_.load(std::memory_order_acquire);
  while (true) {
    Phase phase = unpacked(word);
    if (phase.generation != generation) return;
    --phase.probes;
    if (phase_.compare_exchange_weak(word, packed(phase), std::memory_order_acq_rel)) return;
  }
}

// --- open time ---------------------------------------------------------------------------------

/// Tells until when the state stays that `phase` began; after the change, by the one who made it.
/// A late one does not overwrite the time of a newer state.
void Breaker::begin_open(const Phase& phase, MonotonicTime now) {
  const MonotonicTime until = now + open_time(rule_, phase.times_opened);
  const auto time = std::chrono::floor<milliseconds>(until.time_since_epoch()).count();
  const std::uint64_t mine =
      std::uint64_t{phase.generation} << kTimeBits | (static_cast<std::uint64_t>(time) & kTimeMask);
  std::uint64_t there = open_until_.load(std::memory_order_acquire);
  while (!newer(static_cast<std::uint32_t>(there >> kTimeBits), phase.generation)) {
    if (open_until_.compare_exchange_weak(there, mine, std::memory_order_acq_rel)) return;
  }
}

MonotonicTime Breaker::open_until(const Phase& phase, MonotonicTime now) const {
  const std::uint64_t there = open_until_.load(std::memory_order_acquire);
  if (there >> kTimeBits == phase.generation) {
    return MonotonicTime(milliseconds(static_cast<std::int64_t>(there & kTimeMask)));
  }
  // The one who opened it has not told the time yet.
  return now + open_time(rule_, phase.times_opened);
}

// --- operators ---------------------------------------------------------------------------------

std::optional<BreakerChange> Breaker::order(Order order) {
  BreakerState to = BreakerState::Closed;
  if (order == Order::Open) to = BreakerState::ForcedOpen;
  if (order == Order::Close) to = BreakerState::ForcedClosed;
  std::uint64_t word = phase_.load(std::memory_order_acquire);
  while (true) {
    const Phase phase = unpacked(word);
    if (phase.state == to && order != Order::Reset) return std::nullopt;
    if (!phase_.compare_exchange_weak(word, packed(entered(phase, to)),
                                      std::memory_order_acq_rel)) {
      continue;
    }
    if (phase.state == to) return std::nullopt;
    return BreakerChange{phase.state, to};
  }
}

BreakerReading Breaker::read(MonotonicTime now) const {
  const Phase phase = unpacked(phase_.load(std::memory_order_acquire));
  const Tally tally = window_.read(phase.generation, now);
  BreakerReading reading{.state = phase.state,
                         .calls = tally.calls,
                         .failures = tally.failures,
                         .slow = tally.slow,
                         .probes = phase.probes,
                         .rejected = rejected_.load(std::memory_order_relaxed),
                         .times_opened = phase.times_opened};
  if (phase.state == BreakerState::Open) {
    reading.until_half_open = std::max<nanoseconds>(open_until(phase, now) - now, nanoseconds(0));
  }
  return reading;
}

}  // namespace apiforge::policy
