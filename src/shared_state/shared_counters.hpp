// SharedCounters: the port to counters that several nodes share. What it holds is soft: losing it
// never loses configuration or identity. Called and answered on the control thread; an answer comes
// within the deadline of the adapter. Adapters: memory (tests, one process), redis.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/quota.hpp"

namespace apiforge::shared_state {

/// A rate that nodes share, on the clock of the store. Windows are those of docs/limits.md, and
/// begin at whole multiples of `per` of that clock. A counter begins anew when it is asked for with
/// another algorithm, or as a window with another `per`.
struct SharedRate {
  std::string key;  ///< one per decision group; the adapter adds its prefix
  std::int64_t amount = 1;
  std::chrono::nanoseconds per{0};
  std::int64_t burst = 1;  ///< of gcra: units of a full bucket
  model::LimitAlgorithm algorithm = model::LimitAlgorithm::Gcra;
};

/// A window shorter than this may be over before its units have come: they are good for as long as
/// a window takes, else nobody might ever use one.
inline constexpr std::chrono::milliseconds kShortWindow{100};

struct Lease {
  std::int64_t units = 0;  ///< 0..what was asked for; paid, whether they are used or not
  /// Of a window not beyond its end: what is not used in it does not add to the next one.
  std::chrono::nanoseconds valid_for{0};
  std::chrono::nanoseconds retry_after{0};  ///< when `units` is 0
};

class SharedCounters {
 public:
  virtual ~SharedCounters() = default;
  using OnLease = std::move_only_function<void(Result<Lease>)>;
  /// Takes up to `units`; all or nothing with `exactly`. StorageUnavailable when the store does not
  /// answer in time, at once while it is known to be away.
  virtual void lease(const SharedRate& rate, std::int64_t units, bool exactly, OnLease done) = 0;
  /// Whether the store answered last.
  virtual bool reachable() const = 0;
  /// Nodes that share the counters, as last known, this one included.
  virtual std::uint32_t nodes() const = 0;
};

/// Hints that something has changed in the database, between nodes. A lost one costs time only.
class ChangeHints {
 public:
  virtual ~ChangeHints() = default;
  virtual void announce(std::uint64_t revision) = 0;
  using OnHint = std::function<void(std::uint64_t revision)>;
  virtual void listen(OnHint on_hint) = 0;
};

}  // namespace apiforge::shared_state
