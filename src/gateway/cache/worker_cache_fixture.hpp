// What the tests of WorkerCache are written with: calls that ask for a key, as phases do. Tests
// only.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/cache/worker_cache.hpp"
#include "net/task.hpp"

namespace apiforge::gateway::cache {

/// One call that asks the home of a key. Stays where it is while it waits.
struct AskingCall {
  std::string key;
  std::optional<Told> told;  ///< once there is an answer
  std::vector<KeptPtr> replies;
  FlightTicket flight;  ///< when it leads
  FlightWait* waiting = nullptr;

  bool leads() const { return told == Told::Leads; }
};

inline net::Task<void> ask(AskingCall& call, WorkerCache& cache, AskMode mode,
                           MonotonicTime deadline) {
  const CacheKey key = cache.key(call.key);
  std::string flight;
  const MonotonicTime newest = cache.newest(key, {}, flight);
  FlightWait wait(
      cache,
      {.key = key, .flight = flight, .newest_known = newest, .mode = mode, .deadline = deadline});
  call.waiting = &wait;
  const Told told = co_await wait;
  call.waiting = nullptr;
  call.replies = wait.replies();
  if (told == Told::Leads) call.flight = wait.take_ticket();
  call.told = told;
}

inline KeptPtr kept_reply(std::string body, MonotonicTime received) {
  auto kept = std::make_shared<KeptReply>();
  kept->reply.body = std::move(body);
  kept->freshness.received = received;
  kept->freshness.lifetime = std::chrono::minutes(1);
  return kept;
}

}  // namespace apiforge::gateway::cache
