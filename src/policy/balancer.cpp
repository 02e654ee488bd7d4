#include "policy/balancer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "policy/hash.hpp"
#include "policy/slow_start.hpp"

namespace apiforge::policy {
namespace {

/// Peak EWMA draws two endpoints like the others; when even the better one is expected to take so
/// many times what the fastest takes, it looks at all. With half of ten endpoints slow, two draws
/// alone would send 22 % of the calls to slow ones.
constexpr double kFarFromFastest = 4;

/// Averages that differ by less than this say more of the machine than of the endpoint.
constexpr double kNoiseNs = 1e6;

/// Of all calls so many may measure endpoints that are known as slow, and so many at once. With a
/// few calls a second the ageing of averages alone would send 2 % there.
constexpr double kProbeShare = 0.004;
constexpr double kMaxProbes = 2;

/// An average older than this says nothing any more.
constexpr std::chrono::seconds kOldest{60};

double decay_factor(MonotonicTime from, MonotonicTime to, std::chrono::nanoseconds decay) {
  if (to <= from) return 1;
  return std::exp(-static_cast<double>((to - from).count()) / static_cast<double>(decay.count()));
}

/// What stays of an average when a lower value is measured: half at most, and less of an old one.
double kept_share(MonotonicTime from, MonotonicTime to, std::chrono::nanoseconds decay) {
  const auto half_life = std::numbers::ln2 * static_cast<double>(decay.count());
  // Under load it is always that young, and an exponential costs more than all else here.
  if (static_cast<double>((to - from).count()) <= half_life) return 0.5;
  return decay_factor(from, to, decay);
}

/// In hundredths, so that a part of a weight is a whole number. At least 1.
std::uint32_t weight_of(const EndpointLoad& load) {
  return std::max(load.weight, 1u) * std::max(load.share, 1u);
}
constexpr std::uint32_t kWeightOne = 100;

double least_request_cost(const EndpointLoad& load) {
  return static_cast<double>(load.in_flight) * kWeightOne / weight_of(load);
}

/// More than that of any endpoint that is known; most of all when all that is known is a failure.
double cost_of_unknown(const EndpointLoad& load) {
  constexpr double kPenalty = 1e15;
  return (load.unanswered ? 2 * kPenalty : kPenalty) + load.in_flight;
}

/// Expected time of one more call behind those in flight, in ns (Finagle's peak EWMA). The weight
/// says how many calls an endpoint carries as easily as another carries one.
double last_known_cost(const EndpointLoad& load) {
  // An endpoint that has not answered yet is tried by one call, not by all that arrive meanwhile,
  // and not again at once when that one failed.
  if (load.ewma_ns <= 0) {
    const bool try_it = load.in_flight == 0 && !load.unanswered;
    return try_it ? 0 : cost_of_unknown(load);
  }
  return (load.ewma_ns + kNoiseNs) * (least_request_cost(load) + 1);
}

/// The same, with what was measured long ago counting less.
double peak_ewma_cost(const EndpointLoad& load, MonotonicTime now) {
  if (load.ewma_ns <= 0) return last_known_cost(load);
  const double latency = load.ewma_ns * decay_factor(load.ewma_stamp, now, kEwmaDecay);
  return (latency + kNoiseNs) * (least_request_cost(load) + 1);
}

/// For a repeat, which is no time for experiments: what is unknown comes last.
double cautious_cost(const EndpointLoad& load) {
  return load.ewma_ns <= 0 ? cost_of_unknown(load) : last_known_cost(load);
}

/// Whether peak EWMA takes an endpoint although another one is expected to be faster. It has to,
/// now and then, or one slow reply would keep an endpoint from ever being measured again. The
/// chance is 1 when they differ by nothing, and 1 % when the other one is ten times as fast. One
/// that has more to do than the other gets none: what it has to do is known.
bool gets_a_chance(const EndpointLoad& slower, double slower_cost, const EndpointLoad& faster,
                   double faster_cost, Random& random) {
  if (least_request_cost(slower) > least_request_cost(faster)) return false;
  const double ratio = faster_cost / slower_cost;
  return random.unit() < ratio * ratio;
}

}  // namespace

void observe_latency(EndpointLoad& load, MonotonicTime now, std::chrono::nanoseconds latency,
                     std::chrono::nanoseconds decay) {
  const double value = std::max(1.0, static_cast<double>(latency.count()));
  if (value >= load.ewma_ns) {
    load.ewma_ns = value;
  } else {
    if (now < load.ewma_stamp) return;
    const double keep = kept_share(load.ewma_stamp, now, decay);
    load.ewma_ns = load.ewma_ns * keep + value * (1 - keep);
  }
  load.ewma_stamp = std::max(load.ewma_stamp, now);
  load.unanswered = false;
}

void observe_failure(EndpointLoad& load, MonotonicTime now) {
  if (load.ewma_ns > 0) return;
  load.unanswered = true;
  load.ewma_stamp = now;
}

void set_available(EndpointLoad& load, bool available, MonotonicTime now,
                   std::chrono::nanoseconds slow_start) {
  if (available && !load.available) load.since = now;
  load.available = available;
  load.share = slow_start_percent(load.since, now, slow_start);
}

bool has_untried(std::span<const EndpointLoad> loads, std::span<const std::size_t> tried) {
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const bool takes_more = loads[i].available && !loads[i].full;
    if (takes_more && std::ranges::find(tried, i) == tried.end()) return true;
  }
  return false;
}

/// The endpoints that may be chosen, counted in one pass.
class Balancer::Eligible {
 public:
  Eligible(std::span<const EndpointLoad> loads, std::span<const std::size_t> tried,
           std::uint32_t panic_percent)
      : loads_(loads), tried_(tried) {
    const auto available =
        static_cast<std::size_t>(std::ranges::count(loads, true, &EndpointLoad::available));
    everywhere_ = available * 100 < loads.size() * panic_percent;
    count();
    if (count_ == 0) {
      respects_probation_ = false;
      count();
    }
    if (count_ == 0 && !tried_.empty()) {
      tried_ = {};
      count();
    }
  }

  bool contains(std::size_t index) const {
    const EndpointLoad& load = loads_[index];
    if (load.full || (!everywhere_ && !load.available)) return false;
    if (respects_probation_ && load.probation && load.in_flight > 0) return false;
    return tried_.empty() || std::ranges::find(tried_, index) == tried_.end();
  }
  std::size_t count() const { return count_; }
  std::size_t size() const { return loads_.size(); }
  const EndpointLoad& operator[](std::size_t index) const { return loads_[index]; }
  std::uint32_t weight(std::size_t index) const { return weight_of(loads_[index]); }

  /// Two different endpoints, each drawn by its weight; twice the same when there is one only.
  std::pair<std::size_t, std::size_t> draw_two(Random& random) const {
    const std::size_t first = draw(random, size());
    return {first, count_ == 1 ? first : draw(random, first)};
  }

  /// Power of two choices: draws two and takes the cheaper; the first when they cost the same, so
  /// that idle endpoints share calls by weight.
  template <class Cost>
  std::size_t cheaper_of_two(Random& random, Cost cost) const {
    const auto [first, second] = draw_two(random);
    return cost(loads_[second]) < cost(loads_[first]) ? second : first;
  }

  template <class Cost>
  std::size_t cheapest(Cost cost) const {
    std::size_t best = size();
    double best_cost = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      if (!contains(i)) continue;
      const double here = cost(loads_[i]);
      if (best == size() || here < best_cost) best = i, best_cost = here;
    }
    return best;
  }

  double fastest_ewma() const { return fastest_ewma_; }

 private:
  void count() {
    count_ = 0;
    total_weight_ = 0;
    all_alike_ = true;
    fastest_ewma_ = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < size(); ++i) {
      if (!contains(i)) continue;
      ++count_;
      const std::uint32_t own = weight(i);
      total_weight_ += own;
      all_alike_ = all_alike_ && own == kWeightOne;
      if (!loads_[i].unanswered) fastest_ewma_ = std::min(fastest_ewma_, loads_[i].ewma_ns);
    }
  }

  /// A random endpoint other than `except`.
  std::size_t draw(Random& random, std::size_t except) const {
    std::uint64_t total = total_weight_;
    if (except < size()) total -= weight(except);
    if (count_ == size() && all_alike_) {
      // No need to walk.
      const auto index =
          static_cast<std::size_t>(random.below(except < size() ? count_ - 1 : count_));
      return index >= except ? index + 1 : index;
    }
    std::uint64_t left = random.below(total);
    for (std::size_t i = 0;; ++i) {
      if (i == except || !contains(i)) continue;
      if (left < weight(i)) return i;
      left -= weight(i);
    }
  }

  std::span<const EndpointLoad> loads_;
  std::span<const std::size_t> tried_;
  bool everywhere_ = false;
  bool respects_probation_ = true;
  std::size_t count_ = 0;
  std::uint64_t total_weight_ = 0;
  bool all_alike_ = true;  ///< of weight 1, in full
  double fastest_ewma_ = 0;
};

Balancer::Balancer(BalancerConfig config, std::span<const std::string> identities,
                   std::uint64_t seed)
    : config_(config),
      cursor_(identities.empty() ? 0 : seed % identities.size()),
      current_(identities.size(), 0) {
  for (const auto& identity : identities) identities_.push_back(hash_bytes(identity));
}

std::optional<std::size_t> Balancer::choose(std::span<const EndpointLoad> loads,
                                            const ChooseContext& context, Random& random) {
  if (loads.empty()) return std::nullopt;
  if (loads.size() == 1) {
    const bool usable = loads[0].available || config_.panic_percent > 0;
    return usable && !loads[0].full ? std::optional<std::size_t>(0) : std::nullopt;
  }
  const Eligible eligible(loads, context.tried, config_.panic_percent);
  if (eligible.count() == 0) return std::nullopt;
  switch (config_.balancing) {
    case model::Balancing::RoundRobin:
      return round_robin(eligible);
    case model::Balancing::WeightedRoundRobin:
      return weighted_round_robin(eligible);
    case model::Balancing::LeastRequest:
      return eligible.cheaper_of_two(random, least_request_cost);
    case model::Balancing::ConsistentHash:
      return consistent_hash(eligible, context.hash);
    case model::Balancing::P2cEwma:
      break;
  }
  return peak_ewma(eligible, context, random);
}

std::size_t Balancer::draw_by_peak_ewma(const Eligible& eligible, MonotonicTime now,
                                        Random& random) {
  const auto cost = [now](const EndpointLoad& load) { return peak_ewma_cost(load, now); };
  const auto [first, second] = eligible.draw_two(random);
  if (eligible[first].unanswered) return first;
  const double first_cost = cost(eligible[first]);
  const double second_cost = cost(eligible[second]);
  const double fastest = eligible.fastest_ewma();  // 0 while one is unknown: that one is wanted
  const double bound = fastest > 0 ? kFarFromFastest * (fastest + kNoiseNs) : 0;
  if (std::min(first_cost, second_cost) > bound) return eligible.cheapest(cost);
  if (first_cost <= second_cost) return first;
  const bool stays =
      gets_a_chance(eligible[first], first_cost, eligible[second], second_cost, random);
  return stays ? first : second;
}

/// Averages grow old, so that an endpoint that was slow is measured again. What looks fast only
/// because its average is old may as well be slow still, and what never answered may still not:
/// such calls are few (`may_probe`).
std::size_t Balancer::peak_ewma(const Eligible& eligible, const ChooseContext& context,
                                Random& random) {
  if (!context.tried.empty()) return eligible.cheapest(cautious_cost);
  probes_ = std::min(probes_ + kProbeShare, kMaxProbes);
  const std::size_t chosen = draw_by_peak_ewma(eligible, context.now, random);
  const EndpointLoad& load = eligible[chosen];
  const double fastest = eligible.fastest_ewma();  // 0 while one is unknown: that one is wanted
  const bool known_as_slow = fastest > 0 && load.ewma_ns > kFarFromFastest * (fastest + kNoiseNs);
  if (!known_as_slow && !load.unanswered) return chosen;
  const std::size_t cheapest = eligible.cheapest(last_known_cost);
  if (cheapest == chosen || may_probe(load, context.now)) return chosen;
  return cheapest;
}

bool Balancer::may_probe(const EndpointLoad& load, MonotonicTime now) {
  if (load.in_flight == 0 && now - load.ewma_stamp > kOldest) return true;
  if (probes_ < 1) return false;
  probes_ -= 1;
  return true;
}

std::size_t Balancer::round_robin(const Eligible& eligible) {
  while (true) {
    const std::size_t index = cursor_;
    cursor_ = cursor_ + 1 < eligible.size() ? cursor_ + 1 : 0;
    if (eligible.contains(index)) return index;
  }
}

/// Smooth weighted round robin, as nginx does it: 5, 1, 1 gives a a b a c a a.
std::size_t Balancer::weighted_round_robin(const Eligible& eligible) {
  std::int64_t total = 0;
  std::size_t best = eligible.size();
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    if (!eligible.contains(i)) continue;
    current_[i] += eligible.weight(i);
    total += eligible.weight(i);
    if (best == eligible.size() || current_[i] > current_[best]) best = i;
  }
  current_[best] -= total;
  return best;
}

/// Weighted rendezvous hashing: each endpoint draws a lot from the hash and its own identity, the
/// best eligible one wins. An endpoint that goes away moves only its own calls, each to where it
/// would have gone without it, and they return when it does; no ring has to be built or probed.
std::size_t Balancer::consistent_hash(const Eligible& eligible, std::uint64_t hash) const {
  std::size_t best = eligible.size();
  double best_score = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    if (!eligible.contains(i)) continue;
    // Uniform in (0, 1): the middle of one of 2^53 steps.
    const double lot =
        (static_cast<double>(hash_pair(identities_[i], hash) >> 11) + 0.5) * 0x1.0p-53;
    const double score = std::log(lot) / eligible.weight(i);
    if (best == eligible.size() || score > best_score) best = i, best_score = score;
  }
  return best;
}

}  // namespace apiforge::policy
