// Admission: how urgent a Call is, what it costs, what it holds of limits, and what limits,
// breakers and shedding have said of it. A part of its Call, on the same worker; recycled with it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "gateway/usage_tap.hpp"
#include "model/quota.hpp"
#include "quota/limiter.hpp"

namespace apiforge::gateway {

struct CompiledCallRule;

/// A wait of the call for its turn under a limit.
class TurnWait {
 public:
  /// The caller has gone away: ends the wait soon.
  virtual void cancel() = 0;

 protected:
  ~TurnWait() = default;
};

struct Admission {
  model::PriorityClass priority = model::PriorityClass::Data;
  /// What costs are told by; of the Api that the caller asked for. Null: the usual cost.
  const CompiledCallRule* rule = nullptr;
  quota::Costs costs{};             ///< reserved before the call
  quota::Holding holding{};         ///< until the call has ended, however it does
  std::unique_ptr<UsageTap> usage;  ///< null: the reply is not looked at
  bool usage_unknown = false;   ///< charged as reserved, as the reply did not tell what was used
  TurnWait* waiting = nullptr;  ///< while the call waits for its turn

  /// Why the call may not go to the upstream of its own Api, but only into the fallback chain.
  std::optional<Error> refusal;
  std::string limited_by;  ///< name of the limit that did not let the call through
  bool was_shed = false;
  bool met_breaker = false;                 ///< a breaker did not let it through
  std::chrono::nanoseconds retry_after{0};  ///< of the last of these
  std::string lines;                        ///< RateLimit and RateLimit-Policy, ready to send

  /// Whether a limit, a breaker or shedding has kept the call from an upstream.
  bool was_refused() const { return was_shed || met_breaker || !limited_by.empty(); }
  void recycle();
};

}  // namespace apiforge::gateway
