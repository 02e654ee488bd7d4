// QuotaPorts: what the quota operations of the control API ask of the data plane, as values. Only
// breakers are those of the workers themselves, which any thread may read and move. The functions
// are made by the composition root, may be called by any thread of the blocking pool, and outlive
// the ControlApi.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "model/quota.hpp"
#include "observe/health.hpp"
#include "quota/alert.hpp"
#include "quota/breaker_view.hpp"

namespace apiforge::admin {

/// How much one counter of a limit has used.
struct SubjectUse {
  std::string subject{};  ///< a value for each `*` of the quota, `key=...`; empty without any
  std::int64_t used = 0;  ///< of unit `usd`: billionths
};

/// How the calls under a limit fared on this node.
struct LimitReading {
  model::TenantId tenant{};
  std::string name{};
  model::Limit limit{};
  std::uint64_t admitted = 0;
  std::uint64_t refused = 0;
  std::uint64_t queued = 0;
  std::uint64_t degraded = 0;
  std::vector<SubjectUse> top{};  ///< the most used first, as far as that is known
};

/// Calls of a class that were shed.
struct ShedReading {
  model::TenantId tenant{};  ///< of the Api
  std::string api{};
  std::string version{};
  model::PriorityClass priority = model::PriorityClass::Batch;
  std::uint64_t calls = 0;
};

struct LimitsReading {
  std::vector<LimitReading> limits{};
  std::vector<ShedReading> sheds{};
};

/// Which limits are read; what is shed has no name of a limit, and is read for the tenant.
struct LimitsQuery {
  std::string tenant{};  ///< empty: all
  std::string name{};    ///< empty: any
};

/// Whether a call would be admitted.
struct LimitQuestion {
  std::string tenant{};
  std::string user{};
  std::string key{};     ///< id
  std::string client{};  ///< address; empty when the question is about somebody else
  std::string api{};
  std::string version{};
  std::string method{};
  std::string path{};
  std::int64_t cost = 1;  ///< requests and weight
  std::int64_t tokens = 0;
  model::NanoUsd usd{};
  bool consume = true;  ///< what the call would take is taken, unless it is refused
};

struct LimitAnswer {
  bool allowed = true;
  std::string policy{};  ///< name of the limit; empty: none holds
  model::LimitUnit unit = model::LimitUnit::Requests;
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::chrono::nanoseconds reset_after{0};
  std::chrono::nanoseconds retry_after{0};
};

struct QuotaPorts {
  /// All breakers of the Snapshot that is in force.
  std::function<std::vector<quota::BreakerView>()> breakers;
  /// Tells of a change that an operator made, as the workers tell of theirs.
  std::function<void(const quota::BreakerView&, const policy::BreakerChange&)> breaker_changed;
  std::function<LimitsReading(const LimitsQuery&)> limits;
  /// QuotaUnavailable when a counter cannot be asked and the limit says `deny`.
  std::function<Result<LimitAnswer>(const LimitQuestion&)> check_limit;
  /// What is pending or fires, and what ended lately.
  std::function<std::vector<quota::Alert>()> alerts;
  /// Silences a rule of the configuration file on this node, until it starts anew; nullopt ends it.
  /// NotFound when there is none of that name that is enabled.
  std::function<Result<void>(std::string_view rule, std::optional<WallTime> until)> silence;
  std::function<observe::HealthReport()> health;
};

}  // namespace apiforge::admin
