// The phases of a call, one file each; gateway.cpp holds their order. Each reads the Snapshot,
// changes the Call and says how to go on. Phases that are no Task do not wait.
#pragma once
#include <cstdint>
#include <optional>

#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "net/task.hpp"
#include "policy/retry.hpp"

namespace apiforge::gateway::phases {

enum class Step : std::uint8_t {
  GoOn,
  Fail  ///< `Call::error` says why; the gateway replies
};

/// Canonical target, host, request id and client address. Every later phase uses these only.
Step receive(Call& call, WorkerContext& worker);
/// Whether the path is that of the unified call.
bool is_envelope_path(std::string_view path);
/// Reads the request that is wrapped in the body of a unified call, and makes it the Call's. Waits
/// for the caller.
net::Task<Step> open_envelope(Call& call, WorkerContext& worker);
/// Route or name → Api version.
Step match(Call& call, WorkerContext& worker);
/// Who calls. A bad credential ends the call here, also on a public Api when it is surely ours.
Step identify(Call& call, WorkerContext& worker);
/// Who asks the gateway itself: sets `Call::caller`, or says why there is none. The operation
/// decides whether it needs one.
std::optional<Error> identify_for_control(Call& call, WorkerContext& worker);
/// What tells this caller from others, for shares of callers: its key or user, or its address.
std::uint64_t caller_hash(const Call& call, WorkerContext& worker);
/// What is said of an Api that does not exist, and of one that the caller may not know.
Error unknown_api(const Call& call);
/// Whether the caller may call the Api.
Step authorize(Call& call, WorkerContext& worker);
/// Whether the caller may call that Api. Errors: RouteNotFound or NotFound (of another tenant),
/// AuthenticationRequired, Forbidden.
Result<void> check_access(const Call& call, const CompiledApi& api);
/// Path, method and parameters against the Api's document, when it is enforced.
Step validate(Call& call, WorkerContext& worker);
/// Takes what has come of the body. `needed` becomes how much of it a later phase must see, whole;
/// unless that is 0, `collect_rest` has to read it.
Step collect(Call& call, std::uint64_t& needed);
/// Reads what is left of the body, up to `limit`, into `Call::body`. Waits for the caller.
net::Task<Step> collect_rest(Call& call, std::uint64_t limit);
/// The body against the Api's document.
Step validate_body(Call& call);
/// Reads the whole body of a request to the gateway itself, up to `limit`. Waits for the caller.
net::Task<Step> receive_whole(Call& call, WorkerContext& worker, std::uint64_t limit);

/// The endpoint of the attempt, by the Api's balancing policy, and the permit of its breaker.
/// Errors in the attempt: NoEndpoint, BreakerOpen, LoadShed.
Step choose(Call& call, WorkerContext& worker, Attempt& attempt);
/// The exact target and fields that go out, with the credential; stamped after all waiting, with
/// the time that the loop has read last.
Step sign(Call& call, WorkerContext& worker, Attempt& attempt);
/// Asks the provider for its time, as the connector wants. A failure is no fault of the call.
net::Task<void> sync_clock(Call& call, WorkerContext& worker, Attempt& attempt,
                           connectors::ClockQuery query);

/// How an attempt ended, as far as the retry rule and the settling need it.
struct AttemptResult {
  policy::Attempt attempt;
  const net::ResponseHead* reply = nullptr;  ///< set when answered
  std::chrono::nanoseconds connecting{0};    ///< 0 on a pooled connection
  bool begun = false;                        ///< an endpoint was chosen and the request signed
  bool sync_clock = false;                   ///< refused for its timestamp; safe to send anew
};
/// One attempt: sends the request and waits for the reply's head.
net::Task<AttemptResult> forward(Call& call, WorkerContext& worker, Attempt& attempt);
/// Feeds the end of an attempt to balancer, ejection, breakers and the limits of calls at once,
/// exactly once. `latency` is of the whole attempt.
void settle_attempt(Call& call, WorkerContext& worker, Attempt& attempt,
                    const AttemptResult& result, std::chrono::nanoseconds latency);
/// Choose, sign, forward and settle; unless a breaker or the limits of calls at once refuse.
net::Task<AttemptResult> run_attempt(Call& call, WorkerContext& worker, Attempt& attempt);
/// The same, with a second attempt beside the first when that takes long; `Call::answer` is the one
/// whose result this is. The other may still be ending: see `join_attempts`.
net::Task<AttemptResult> run_hedged(Call& call, WorkerContext& worker);
/// Waits until no attempt runs beside the call any more.
net::Task<void> join_attempts(Call& call);
/// Sets the deadline of the Call for the reply of its Api.
void set_deadline(Call& call, MonotonicTime now);
/// Attempts until one is answered or none is allowed any more: the head of the reply, whose
/// connection `Call::answer` has, or null and `Call::error`.
net::Task<const net::ResponseHead*> ask_upstream(Call& call, WorkerContext& worker);

/// Sends the reply that `ask_upstream` found to the caller: streaming, or whole where it has to be
/// changed.
net::Task<void> relay(Call& call, WorkerContext& worker, const net::ResponseHead& reply);
/// Tries what the Api has for failures: stale replies, and the steps of its fallback chain. True
/// when the caller was answered. `reply` is what `ask_upstream` found, and becomes what the last
/// Api that was asked has found.
net::Task<bool> fall_back(Call& call, WorkerContext& worker, const net::ResponseHead*& reply);
/// Sends a read to a second version too, if the Api wants that.
void start_mirror(const Call& call, WorkerContext& worker);
/// Metrics and log line; the last phase of every call. Answered probes and scrapes have no line.
void record(Call& call, WorkerContext& worker);

}  // namespace apiforge::gateway::phases
