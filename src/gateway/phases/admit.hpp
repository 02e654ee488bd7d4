// admit: whether there is room for a call: under its limits, and on this worker. Runs after
// `authorize` and before anything is read of the body. In order:
//
//   admit          at once for nearly all calls, and without an allocation
//   wait_for_room  when it says Wait: until units have come, or it is the call's turn
//   settle_costs   at the end of each call, however it ended
#pragma once
#include <cstdint>

#include "gateway/call.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"
#include "quota/limiter.hpp"

namespace apiforge::gateway::phases {

enum class Room : std::uint8_t {
  GoOn,  ///< there is; or `Admission::refusal` is set, and the call may only use its fallback chain
  Wait,
  Fail  ///< `Call::error` says why
};
/// `verdict` becomes what the limits said, for `wait_for_room`. Errors: LoadShed, QuotaExceeded,
/// CostAboveLimit, QuotaUnavailable.
Room admit(Call& call, WorkerContext& worker, quota::Verdict& verdict);

/// Waits until there is room; bounded by the call's deadline, by `queue.max_wait` of the limit, and
/// by 2 s for units that have to be fetched. Errors as of `admit`, and CallerGone.
net::Task<Step> wait_for_room(Call& call, WorkerContext& worker, quota::Verdict verdict);

/// Gives back what the call holds: all of it when no upstream of the Api that was asked has seen
/// the call, else what it did not use. Answered from the cache it keeps requests and weight spent.
void settle_costs(Call& call);

/// How urgent the call is: as its caller says, who needs `gateway:priority` for that, or its rules.
model::PriorityClass priority_of(const Call& call, model::PriorityClass by_rules);

/// Notes that the call is not let through for too much load, and tells of it. The error for it.
Error shed(Call& call, WorkerContext& worker);

}  // namespace apiforge::gateway::phases
