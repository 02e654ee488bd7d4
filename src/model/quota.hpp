// What an operator configures to bound calls: limits, quotas and budgets (all are a Quota), circuit
// breakers, priorities, and what a call costs. Plain values with defaults, as in the contract of
// the control API.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "model/identity.hpp"

namespace apiforge::model {

using std::chrono::milliseconds;

/// How urgent a call is, the most urgent first. When there is too much to do, the last go first.
enum class PriorityClass : std::uint8_t {
  Admin,   ///< administration and health; never shed
  Cancel,  ///< of orders, and whatever lowers risk
  Order,
  Data,  ///< market data and other reads
  Batch  ///< models, back-fills, reports
};
inline constexpr std::size_t kPriorityClasses = 5;
inline constexpr std::array<std::pair<std::string_view, PriorityClass>, kPriorityClasses>
    kPriorityNames{{
        {"admin", PriorityClass::Admin},
        {"cancel", PriorityClass::Cancel},
        {"order", PriorityClass::Order},
        {"data", PriorityClass::Data},
        {"batch", PriorityClass::Batch},
    }};
std::string_view name_of(PriorityClass priority);
std::optional<PriorityClass> parse_priority_class(std::string_view name);

/// Money in billionths of a US dollar. The API shows it as a decimal string.
struct NanoUsd {
  std::int64_t value = 0;
  friend auto operator<=>(NanoUsd, NanoUsd) = default;
};
/// `"12.5"`: digits, a point, at most nine more digits; up to nine billion. nullopt otherwise.
std::optional<NanoUsd> parse_usd(std::string_view text);
/// Without zeros at the end: `12.5`, `0.000001`, `3`.
std::string usd_text(NanoUsd amount);

enum class LimitUnit : std::uint8_t { Requests, Weight, Tokens, Usd, Concurrent };
inline constexpr std::array<std::pair<std::string_view, LimitUnit>, 5> kLimitUnitNames{{
    {"requests", LimitUnit::Requests},
    {"weight", LimitUnit::Weight},
    {"tokens", LimitUnit::Tokens},
    {"usd", LimitUnit::Usd},
    {"concurrent", LimitUnit::Concurrent},
}};
std::string_view name_of(LimitUnit unit);

enum class LimitAlgorithm : std::uint8_t { Gcra, SlidingWindow, FixedWindow };
/// Of the calendar, in UTC.
enum class Period : std::uint8_t { Minute, Hour, Day, Month };
enum class OnExceed : std::uint8_t {
  Reject,  ///< 429
  Queue,   ///< wait for the turn, in the order of priorities, else 429
  Degrade  ///< the Api's fallback chain, else 429
};
/// What holds when the shared counters, or the database for a durable quota, cannot be asked.
enum class OnStoreError : std::uint8_t {
  LocalShare,  ///< this node's share of the limit
  Deny,        ///< 503
  Allow
};

/// Which calls are counted, and together with which. An empty member is not looked at; a value must
/// be equal; `*` makes a counter for each value that there is.
struct QuotaMatch {
  std::string tenant{};
  std::string user{};
  std::string key{};  ///< id of an API key; a caller without one counts under its user or address
  std::string api{};
  std::string version{};
  std::string method{};
  std::string path{};  ///< prefix by segments of the path that goes upstream; never `*`
  friend bool operator==(const QuotaMatch&, const QuotaMatch&) = default;
};

/// A rate (`per`), an amount of a period (`period`), or a number at once (unit `concurrent`).
struct Limit {
  LimitUnit unit = LimitUnit::Requests;
  std::int64_t amount = 0;  ///< 1..10^15; of unit `usd`: billionths
  milliseconds per{0};      ///< 1 ms..30 days; 0 with `period` or `concurrent`
  std::optional<Period> period{};
  std::int64_t burst = 0;  ///< gcra: so many at once; 0: `amount`
  friend bool operator==(const Limit&, const Limit&) = default;
};

struct QuotaQueue {
  std::uint32_t max_waiting = 100;  ///< calls of one counter on one worker, 1..10'000
  milliseconds max_wait{1'000};     ///< 1..60'000; a call with less time left is refused at once
  friend bool operator==(const QuotaQueue&, const QuotaQueue&) = default;
};

struct Quota {
  /// Whose it is. One of a tenant bounds callers of that tenant only.
  TenantId tenant{kPlatformTenant};
  std::string name{};  ///< unique in the tenant, `[A-Za-z0-9_-]{1,64}`
  bool enabled = true;
  QuotaMatch match{};
  Limit limit{};
  LimitAlgorithm algorithm = LimitAlgorithm::Gcra;
  OnExceed on_exceed = OnExceed::Reject;
  QuotaQueue queue{};
  bool strict = false;  ///< the shared counters are asked for each call
  OnStoreError on_store_error = OnStoreError::LocalShare;
  /// So much of the burst is kept for calls of class `priority` and more urgent ones.
  std::uint32_t reserve_percent = 0;  ///< 0..90
  PriorityClass priority = PriorityClass::Order;
  friend bool operator==(const Quota&, const Quota&) = default;
};

enum class WindowKind : std::uint8_t { Count, Time };
enum class BreakerScope : std::uint8_t {
  Endpoint,  ///< one for each endpoint of the Api version
  Api        ///< one for all of them together
};

struct BreakerWindow {
  WindowKind kind = WindowKind::Count;
  std::int64_t size = 100;  ///< calls, 1..10'000; or milliseconds, 1'000..3'600'000
  friend bool operator==(const BreakerWindow&, const BreakerWindow&) = default;
};

/// The circuit breakers of an Api version.
struct BreakerRule {
  TenantId tenant{kPlatformTenant};
  std::string api{};
  std::string version{};  ///< empty: each version that has no rule of its own
  BreakerScope scope = BreakerScope::Endpoint;
  bool enabled = true;
  double failure_rate = 0.5;                ///< 0.01..1; opens when so many or more failed
  std::optional<milliseconds> slow_call{};  ///< a call that took longer was slow
  double slow_rate = 1.0;                   ///< 0.01..1; opens when so many or more were slow
  BreakerWindow window{};
  std::uint32_t minimum_calls = 20;  ///< in the window, before it may open
  milliseconds open{5'000};          ///< for the first time; doubles each time it opens again
  milliseconds max_open{60'000};
  std::uint32_t half_open_calls = 3;  ///< probes at once; when so many succeed, it closes
  /// Any of `5xx`, `429`, `timeout`, `connect`.
  std::vector<std::string> counts = {"5xx", "timeout", "connect"};
  friend bool operator==(const BreakerRule&, const BreakerRule&) = default;
};

/// What calls cost, and how urgent they are, by method and path. The first that matches holds.
struct CallRule {
  std::vector<std::string> methods{};  ///< empty: all
  std::string path = "/";              ///< prefix by segments of the path that goes upstream
  std::optional<PriorityClass> priority{};
  std::int64_t weight = 1;  ///< 0..1'000'000
  std::int64_t tokens = 0;  ///< reserved before the call
  NanoUsd usd{};            ///< reserved before the call
  std::string
      settle_tokens{};      ///< JSON pointer into the reply to what was used; empty: as reserved
  NanoUsd usd_per_token{};  ///< with `settle_tokens`: the price of what was used
  friend bool operator==(const CallRule&, const CallRule&) = default;
};

/// Bounds the calls of each endpoint that run at once on a worker by what its latency says
/// (gradient of short to long-term latency), and sheds the least urgent first.
struct AdaptiveConcurrency {
  std::uint32_t initial = 20;
  std::uint32_t min = 4;
  std::uint32_t max = 1'000;  ///< 1..100'000
  milliseconds target{0};     ///< a latency above it is too much, whatever the gradient; 0: none
  friend bool operator==(const AdaptiveConcurrency&, const AdaptiveConcurrency&) = default;
};

}  // namespace apiforge::model
