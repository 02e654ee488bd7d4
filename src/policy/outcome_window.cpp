#include "policy/outcome_window.hpp"

#include <algorithm>

namespace apiforge::policy {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// A slot of the ring: generation, and above all zeroes that a call is in it.
constexpr std::uint32_t kUsed = 1;
constexpr std::uint32_t kFailed = 2;
constexpr std::uint32_t kSlow = 4;
constexpr int kSlotBits = 8;

// The totals of the ring: the low bits of the generation, then three numbers above their bias.
constexpr int kTotalBits = 16;
constexpr std::int32_t kBias = 1 << 14;
constexpr std::uint64_t kTotalMask = (1 << kTotalBits) - 1;

// A bucket: tag, then three counts.
constexpr int kCountBits = 14;
constexpr std::uint64_t kCountMask = (1 << kCountBits) - 1;
constexpr int kTagBits = 64 - 3 * kCountBits;
constexpr std::uint64_t kTagMask = (1 << kTagBits) - 1;
constexpr std::uint64_t kGenerationStep = 0x9E37;  // keeps tags of successive generations apart

/// Whether generation `a` is newer than `b`, of so many bits.
bool newer(std::uint32_t a, std::uint32_t b, int bits) {
  const std::uint32_t ahead = (a - b) & ((1u << bits) - 1);
  return ahead != 0 && ahead < (1u << (bits - 1));
}

struct Signed {
  std::int32_t calls = 0;
  std::int32_t failures = 0;
  std::int32_t slow = 0;
};

Signed of_slot(std::uint32_t slot) {
  return {(slot & kUsed) != 0, (slot & kFailed) != 0, (slot & kSlow) != 0};
}

Signed of_totals(std::uint64_t totals) {
  const auto number = [totals](int place) {
    const auto biased = (totals >> (place * kTotalBits)) & kTotalMask;
    return static_cast<std::int32_t>(biased) - kBias;
  };
  return {number(2), number(1), number(0)};
}

std::uint64_t packed(std::uint32_t generation, const Signed& totals) {
  const auto biased = [](std::int32_t number) {
    return static_cast<std::uint64_t>(number + kBias) & kTotalMask;
  };
  std::uint64_t word = generation & kTotalMask;
  word = word << kTotalBits | biased(totals.calls);
  word = word << kTotalBits | biased(totals.failures);
  return word << kTotalBits | biased(totals.slow);
}

Tally shown(const Signed& totals) {
  const auto number = [](std::int32_t value) {
    return static_cast<std::uint32_t>(std::max(value, 0));
  };
  return {number(totals.calls), number(totals.failures), number(totals.slow)};
}

std::uint64_t tag_of(std::uint64_t epoch, std::uint32_t generation) {
  return (epoch + generation * kGenerationStep + 1) & kTagMask;
}

/// The bucket with one more call.
std::uint64_t counted(std::uint64_t bucket, OutcomeWindow::Outcome outcome) {
  std::uint64_t calls = (bucket >> (2 * kCountBits)) & kCountMask;
  std::uint64_t failures = (bucket >> kCountBits) & kCountMask;
  std::uint64_t slow = bucket & kCountMask;
  if (calls == kCountMask) {
    calls /= 2;
    failures /= 2;
    slow /= 2;
  }
  calls += 1;
  failures += outcome.failed ? 1 : 0;
  slow += outcome.slow ? 1 : 0;
  const std::uint64_t tag = bucket >> (3 * kCountBits);
  return ((tag << kCountBits | calls) << kCountBits | failures) << kCountBits | slow;
}

}  // namespace

OutcomeWindow::OutcomeWindow(const model::BreakerWindow& window)
    : ring_(window.kind == model::WindowKind::Count
                ? static_cast<std::size_t>(std::clamp<std::int64_t>(window.size, 1, 10'000))
                : 0) {
  if (ring_.empty()) {
    const auto length = std::chrono::nanoseconds(std::chrono::milliseconds(window.size)) / kBuckets;
    bucket_length_ = static_cast<std::uint64_t>(std::max<std::int64_t>(length.count(), 1));
  }
}

Tally OutcomeWindow::record(std::uint32_t generation, Outcome outcome, MonotonicTime now) {
  return ring_.empty() ? record_in_bucket(generation, outcome, now)
                       : record_in_ring(generation, outcome);
}

Tally OutcomeWindow::read(std::uint32_t generation, MonotonicTime now) const {
  if (ring_.empty()) return sum_of_buckets(generation, epoch_of(now));
  const std::uint64_t totals = totals_.load(kRelaxed);
  const bool same = totals >> (3 * kTotalBits) == (generation & kTotalMask);
  return same && totals != 0 ? shown(of_totals(totals)) : Tally{};
}

Tally OutcomeWindow::record_in_ring(std::uint32_t generation, Outcome outcome) {
  const std::uint32_t mine =
      generation << kSlotBits | kUsed | (outcome.failed ? kFailed : 0) | (outcome.slow ? kSlow : 0);
  std::atomic<std::uint32_t>& slot = ring_[cursor_.fetch_add(1, kRelaxed) % ring_.size()];
  std::uint32_t old = slot.load(kRelaxed);
  do {
    const bool theirs_is_newer = newer(old >> kSlotBits, generation, 32 - kSlotBits);
    if ((old & kUsed) != 0 && theirs_is_newer) return {};
  } while (!slot.compare_exchange_weak(old, mine, kRelaxed));
  const bool replaces = old >> kSlotBits == (generation & 0xFF'FFFF);
  const Signed gone = replaces ? of_slot(old) : Signed{};
  const Signed come = of_slot(mine);

  std::uint64_t totals = totals_.load(kRelaxed);
  Signed now_there;
  do {
    const auto counted_for = static_cast<std::uint32_t>(totals >> (3 * kTotalBits));
    if (totals != 0 && newer(counted_for, generation, kTotalBits)) return {};
    const bool same = totals != 0 && counted_for == (generation & kTotalMask);
    now_there = same ? of_totals(totals) : Signed{};
    now_there.calls += come.calls - gone.calls;
    now_there.failures += come.failures - gone.failures;
    now_there.slow += come.slow - gone.slow;
  } while (!totals_.compare_exchange_weak(totals, packed(generation, now_there), kRelaxed));
  return shown(now_there);
}

std::uint64_t OutcomeWindow::epoch_of(MonotonicTime now) const {
  return static_cast<std::uint64_t>(now.time_since_epoch().count()) / bucket_length_;
}

Tally OutcomeWindow::record_in_bucket(std::uint32_t generation, Outcome outcome,
                                      MonotonicTime now) {
  const std::uint64_t epoch = epoch_of(now);
  const std::uint64_t tag = tag_of(epoch, generation);
  std::atomic<std::uint64_t>& bucket = buckets_[epoch % kBuckets];
  std::uint64_t old = bucket.load(kRelaxed);
  std::uint64_t next = 0;
  do {
    const bool same = old >> (3 * kCountBits) == tag;
    next = counted(same ? old : tag << (3 * kCountBits), outcome);
  } while (!bucket.compare_exchange_weak(old, next, kRelaxed));
  return sum_of_buckets(generation, epoch);
}

Tally OutcomeWindow::sum_of_buckets(std::uint32_t generation, std::uint64_t epoch) const {
  Tally sum;
  for (std::uint64_t age = 0; age < kBuckets && age <= epoch; ++age) {
    const std::uint64_t bucket = buckets_[(epoch - age) % kBuckets].load(kRelaxed);
    if (bucket >> (3 * kCountBits) != tag_of(epoch - age, generation)) continue;
    sum.calls += static_cast<std::uint32_t>((bucket >> (2 * kCountBits)) & kCountMask);
    sum.failures += static_cast<std::uint32_t>((bucket >> kCountBits) & kCountMask);
    sum.slow += static_cast<std::uint32_t>(bucket & kCountMask);
  }
  return sum;
}

}  // namespace apiforge::policy
