#include "gateway/phases/renew.hpp"

#include <utility>

#include "gateway/cache/worker_cache.hpp"
#include "gateway/phases/cache_key.hpp"
#include "gateway/phases/detached_call.hpp"
#include "gateway/phases/keep.hpp"

namespace apiforge::gateway::phases {
namespace {

using cache::CacheTicket;
using cache::FlightWait;
using cache::Told;

// The home is a worker of this process.
constexpr std::chrono::seconds kLongestQuestion{1};

// For the detached call. The facts are views into the caller's fields, so they stay behind.
std::unique_ptr<CacheTicket> ticket_for_renewal(const CacheTicket& ticket, MonotonicTime now) {
  auto renewal = std::make_unique<CacheTicket>();
  renewal->key = ticket.key;
  renewal->hash = ticket.hash;
  renewal->owner = ticket.owner;
  renewal->stale = ticket.stale;
  renewal->forwarded = cache::Forwarded::Stale;
  renewal->asked = now;
  renewal->request.is_personal = ticket.request.is_personal;
  return renewal;
}

void on_renewed(Call& call, WorkerContext& worker, Result<WholeReply> reply) {
  if (!reply) {
    give_up(call);
  } else {
    keep_renewed(call, worker, *reply);
  }
}

}  // namespace

net::Task<void> renew_in_background(Call& call, WorkerContext& worker, const CacheTicket& ticket) {
  if (call.request().method != net::Method::Get || call.caller_gone()) co_return;
  cache::WorkerCache& cache = worker.cache;
  if (!cache.begin_renewal(ticket.hash)) co_return;
  std::vector<net::Field> storage;
  std::string flight;
  const cache::CacheKey key{ticket.key, ticket.hash};
  const MonotonicTime newest = cache.newest(key, cached_fields(call, storage), flight);
  FlightWait wait(cache, {.key = key,
                          .flight = flight,
                          .newest_known = newest,
                          .mode = cache::AskMode::TryLead,
                          .deadline = worker.loop.recent() + kLongestQuestion});
  const Told told = co_await wait;
  if (told == Told::Look) {
    for (const auto& reply : wait.replies()) cache.adopt(key, ticket.owner, reply);
  }
  if (told != Told::Leads) co_return;
  auto renewal = ticket_for_renewal(ticket, worker.loop.recent());
  renewal->flight = wait.take_ticket();
  std::unique_ptr<Call> detached = detached_copy(call);
  set_conditions(*detached, *renewal);
  detached->keep = std::move(renewal);
  start_detached(std::move(detached), worker, &on_renewed);
}

}  // namespace apiforge::gateway::phases
