// The balancer chooses the endpoint of a call. One instance belongs to one Api on one worker and is
// used by that worker only; the loads it reads are that worker's as well. No I/O, no allocation.
//
// Every policy leaves out endpoints that are not available, unless too few are left (panic), those
// that are full, and endpoints that this call has already tried, unless there is no other.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "model/api.hpp"

namespace apiforge::policy {

/// What is known of an endpoint right now. The forward phase keeps it up to date.
struct EndpointLoad {
  std::uint32_t in_flight = 0;  ///< calls sent and not yet answered
  std::uint32_t weight = 1;     ///< 1..1000
  std::uint32_t share = 100;    ///< percent of the weight that counts; less in slow start
  bool available = true;        ///< not ejected, not marked down, breaker not open
  bool probation = false;       ///< to be sent one call at a time
  bool full = false;            ///< of calls at once, for those of the latest one's class
  MonotonicTime since = MonotonicTime::min();  ///< available since; the smallest value: always
  double ewma_ns = 0;  ///< peak-sensitive average latency as of `ewma_stamp`; 0: unknown
  MonotonicTime ewma_stamp{};
  bool unanswered = false;  ///< it has failed before it ever answered
};

inline constexpr std::chrono::seconds kEwmaDecay{10};

/// Takes a latency into the average: a new peak at once, anything lower by e^(-dt/decay) of the
/// time since the last one, and by half at least: an endpoint that is fast again after one slow
/// reply shall look so after a few calls, not after a minute. To be called for replies, not for
/// refused connections: failing fast must not make an endpoint look fast. What was spent on
/// connecting does not belong into `latency`: it is of one call and not of those that follow.
void observe_latency(EndpointLoad& load, MonotonicTime now, std::chrono::nanoseconds latency,
                     std::chrono::nanoseconds decay = kEwmaDecay);

/// Takes in that a call failed. What has never answered is unknown, and would otherwise be tried by
/// every call until it is ejected.
void observe_failure(EndpointLoad& load, MonotonicTime now);

/// Takes in whether the endpoint is available. One that comes back, or that `since` says is new,
/// gets its full share only after `slow_start`, growing (see policy/slow_start.hpp).
void set_available(EndpointLoad& load, bool available, MonotonicTime now,
                   std::chrono::nanoseconds slow_start);

/// What a choice depends on besides the loads.
struct ChooseContext {
  MonotonicTime now{};
  std::uint64_t hash = 0;                ///< ConsistentHash: of what calls are held together by
  std::span<const std::size_t> tried{};  ///< endpoints that earlier attempts of this call used
};

/// Whether an endpoint is available, and not full, that is not among `tried`.
bool has_untried(std::span<const EndpointLoad> loads, std::span<const std::size_t> tried);

struct BalancerConfig {
  model::Balancing balancing = model::Balancing::P2cEwma;
  /// When fewer than this share of the endpoints is available, calls go to all of them: most likely
  /// the checks are wrong or the load is, and those left would be overrun. 0 switches it off.
  std::uint32_t panic_percent = 50;
};

class Balancer {
 public:
  /// `identities` name the endpoints, in the order of the loads; their URLs. Consistent hashing
  /// depends on them and not on the order. `seed` spreads the first choices of several workers.
  Balancer(BalancerConfig config, std::span<const std::string> identities, std::uint64_t seed = 0);

  /// The index of the endpoint to send to; nullopt when there is none, all are full, or none is
  /// available and panic is switched off. `loads` has one entry for each identity.
  std::optional<std::size_t> choose(std::span<const EndpointLoad> loads,
                                    const ChooseContext& context, Random& random);

 private:
  class Eligible;

  std::size_t peak_ewma(const Eligible& eligible, const ChooseContext& context, Random& random);
  static std::size_t draw_by_peak_ewma(const Eligible& eligible, MonotonicTime now, Random& random);
  bool may_probe(const EndpointLoad& load, MonotonicTime now);
  std::size_t round_robin(const Eligible& eligible);
  std::size_t weighted_round_robin(const Eligible& eligible);
  std::size_t consistent_hash(const Eligible& eligible, std::uint64_t hash) const;

  BalancerConfig config_;
  std::size_t cursor_;                     ///< round robin: the next to look at
  std::vector<std::int64_t> current_;      ///< weighted round robin
  std::vector<std::uint64_t> identities_;  ///< hashes
  double probes_ = 1;                      ///< peak EWMA: calls that may go to slow endpoints
};

}  // namespace apiforge::policy
