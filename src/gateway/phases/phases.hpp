// The phases of a call, one file each; gateway.cpp holds their order. Each reads the Snapshot,
// changes the Call and says how to go on. Phases before `forward` do not wait.
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
/// Route → Api version.
Step match(Call& call, WorkerContext& worker);
/// Who calls. A bad credential ends the call here, also on a public Api when it is surely ours.
Step identify(Call& call, WorkerContext& worker);
/// Who asks the gateway itself: sets `Call::caller`, or says why there is none. The operation
/// decides whether it needs one.
std::optional<Error> identify_for_control(Call& call, WorkerContext& worker);
/// Whether the caller may call the Api.
Step authorize(Call& call, WorkerContext& worker);
/// The endpoint of the next attempt, by the Api's balancing policy.
Step choose(Call& call, WorkerContext& worker);
/// Reads the body as far as the connector must see it. Waits for the caller.
net::Task<Step> collect(Call& call, WorkerContext& worker);
/// Reads the whole body of a request to the gateway itself. Waits for the caller.
net::Task<Step> receive_whole(Call& call, WorkerContext& worker);
/// The exact target and fields that go out, with the credential; stamped after all waiting.
Step sign(Call& call, WorkerContext& worker);
/// Asks the provider for its time when the connector wants it. A failure is no fault of the call.
net::Task<void> sync_clock(Call& call, WorkerContext& worker);

/// How an attempt ended, as far as the retry rule and the settling need it.
struct AttemptResult {
  policy::Attempt attempt;
  const net::ResponseHead* reply = nullptr;  ///< set when answered
  std::chrono::nanoseconds connecting{0};    ///< 0 on a pooled connection
  bool sync_clock = false;                   ///< refused for its timestamp; safe to send anew
};
/// One attempt: sends the request and waits for the reply's head.
net::Task<AttemptResult> forward(Call& call, WorkerContext& worker);
/// Relays the reply that `forward` found, streaming, to the caller.
net::Task<void> relay(Call& call, WorkerContext& worker, const net::ResponseHead& reply);
/// Feeds the end of an attempt to balancer and ejection, exactly once. `latency` is of the whole
/// attempt.
void settle_attempt(Call& call, WorkerContext& worker, const AttemptResult& result,
                    std::chrono::nanoseconds latency);
/// Metrics and log line; the last phase of every call. What the process's own endpoints answered
/// has neither.
void record(Call& call, WorkerContext& worker);

}  // namespace apiforge::gateway::phases
