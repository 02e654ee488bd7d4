#include "gateway/phases/recall.hpp"

#include <algorithm>
#include <utility>

#include "gateway/cache/cache_ticket.hpp"
#include "gateway/cache/worker_cache.hpp"
#include "gateway/phases/answer_kept.hpp"
#include "gateway/phases/cache_key.hpp"
#include "gateway/phases/keep.hpp"
#include "gateway/phases/renew.hpp"

namespace apiforge::gateway::phases {
namespace {

using cache::AskMode;
using cache::CacheKey;
using cache::CacheTicket;
using cache::FlightWait;
using cache::KeptPtr;
using cache::Told;
using cache::WorkerCache;
using policy::Use;

// A call asks its home again after it was given replies that are not for it.
constexpr int kMaxQuestions = 4;
// The wait for an equal call, for Apis whose calls have no deadline.
constexpr std::chrono::seconds kLongestWait{30};

bool is_read(const Call& call) {
  const net::Method method = call.request().method;
  return method == net::Method::Get || method == net::Method::Head;
}

bool uses_cache(const Call& call, const policy::RequestFacts& request) {
  const model::CachePolicy& policy = *call.config().config.cache;
  const bool has_body = call.request().framing != net::BodyFraming::None;
  if (!policy::may_use_cache(is_read(call), has_body, request)) return false;
  const auto ttl = policy::rule_ttl(policy, call.upstream_path());
  return !ttl || ttl->count() > 0;
}

MonotonicTime wait_deadline(const Call& call) {
  if (call.deadline != MonotonicTime::max()) return call.deadline;
  const auto timeout = call.wanted_timeout.value_or(call.config().config.upstream.timeout);
  return call.started + (timeout.count() > 0 ? timeout : kLongestWait);
}

// Wants the upstream's own word: nobody else's reply will do.
bool is_reload(const policy::RequestFacts& request) {
  return request.control.no_cache ||
         (request.control.max_age && request.control.max_age->count() == 0);
}

AskMode ask_mode(const Call& call, const policy::RequestFacts& request) {
  const bool may_lead = call.request().method == net::Method::Get &&
                        !request.control.only_if_cached && !request.is_personal &&
                        !call.admission.refusal && call.config().config.cache->single_flight;
  return may_lead ? AskMode::Join : AskMode::Look;
}

Recalled go_upstream(Call& call, WorkerContext& worker, CacheTicket& ticket) {
  if (ticket.request.control.only_if_cached) {
    call.error = Error{ErrorCode::UpstreamTimeout,
                       "nothing usable is kept, and only-if-cached allows no other reply",
                       {}};
    return Recalled::Failed;
  }
  if (is_reload(ticket.request)) {
    ticket.forwarded = cache::Forwarded::Request;
  } else if (ticket.stale) {
    ticket.forwarded = cache::Forwarded::Stale;
  }
  ticket.asked = worker.loop.recent();
  if (call.request().method == net::Method::Get) {
    set_conditions(call, ticket);
  } else if (!ticket.stale) {
    call.keep.reset();  // a reply to HEAD has no body that could be kept
  }
  return Recalled::Ask;
}

// Takes over what the home has given, and finds the reply that fits.
KeptPtr adopt(Call& call, WorkerCache& cache, const CacheTicket& ticket, const FlightWait& wait) {
  std::vector<net::Field> storage;
  const auto fields = cached_fields(call, storage);
  const CacheKey key{ticket.key, ticket.hash};
  KeptPtr fitting;
  for (const KeptPtr& reply : wait.replies()) {
    cache.adopt(key, ticket.owner, reply);
    if (cache::is_selected(*reply, fields)) fitting = reply;
  }
  return fitting;
}

// Asks the home of the key until there is a reply or the call goes upstream.
net::Task<Recalled> ask_others(Call& call, WorkerContext& worker, CacheTicket& ticket) {
  WorkerCache& cache = worker.cache;
  const CacheKey key{ticket.key, ticket.hash};
  const AskMode mode = ask_mode(call, ticket.request);
  for (int question = 0; question < kMaxQuestions; ++question) {
    if (is_reload(ticket.request) || cache.goes_alone(ticket.hash)) break;
    std::vector<net::Field> storage;
    std::string flight;
    const MonotonicTime newest = cache.newest(key, cached_fields(call, storage), flight);
    FlightWait wait(cache, {.key = key,
                            .flight = flight,
                            .newest_known = newest,
                            .mode = mode,
                            .deadline = wait_deadline(call)});
    ticket.waiting = &wait;
    const Told told = co_await wait;
    ticket.waiting = nullptr;
    if (call.caller_gone()) {
      call.end = CallEnd::CallerGone;
      call.error = Error{ErrorCode::CallerGone, {}, {}};
      co_return Recalled::Answered;
    }
    if (told == Told::TooLate || told == Told::Cancelled) {
      const bool answered = co_await answer_stale(call, worker, StaleUse::OnError);
      if (answered) co_return Recalled::Answered;
      call.error = Error{ErrorCode::UpstreamTimeout, {}, "waited for the reply to an equal call"};
      co_return Recalled::Failed;
    }
    if (told == Told::Leads) ticket.flight = wait.take_ticket();
    if (told == Told::Leads || told == Told::Alone) break;
    const KeptPtr kept = adopt(call, cache, ticket, wait);
    if (!kept) continue;  // brought for another value of what `Vary` names
    const Use use = policy::use_of(kept->freshness, ticket.request, worker.loop.now());
    if (use == Use::Fresh || use == Use::RevalidateInBackground) {
      const bool collapsed = told == Told::Landed;
      co_await answer_kept(call, worker, kept, ticket.request,
                           collapsed ? KeptAnswer::Collapsed : KeptAnswer::Hit);
      co_return Recalled::Answered;
    }
    if (use == Use::MustRevalidate) ticket.stale = kept;
    // What was just fetched has to be validated: waiting for the next would put calls in a row.
    if (told == Told::Landed) break;
  }
  co_return go_upstream(call, worker, ticket);
}

std::unique_ptr<CacheTicket> make_ticket(CacheKey key, const cache::CacheOwner& owner,
                                         const policy::RequestFacts& request) {
  auto ticket = std::make_unique<CacheTicket>();
  ticket->key = key.text;
  ticket->hash = key.hash;
  ticket->owner = owner;
  ticket->request = request;
  return ticket;
}

}  // namespace

net::Task<Recalled> recall(Call& call, WorkerContext& worker) {
  call.keep.reset();
  call.conditions.clear();
  if (!call.config().config.cache) co_return Recalled::Ask;
  std::vector<net::Field> storage;
  const auto fields = cached_fields(call, storage);
  const policy::RequestFacts request = request_facts(call, fields);
  if (!uses_cache(call, request)) {
    call.reply_lines += is_read(call) ? "Cache-Status: apiforge; fwd=bypass\r\n"
                                      : "Cache-Status: apiforge; fwd=method\r\n";
    co_return Recalled::Ask;
  }
  WorkerCache& cache = worker.cache;
  const cache::CacheOwner& owner = cache.owner_of(call.api->api);
  write_cache_key(call, owner.id, cache.key_scratch());
  const CacheKey key = cache.key(cache.key_scratch());
  KeptPtr kept = cache.find(key, fields);
  const Use use = kept ? policy::use_of(kept->freshness, request, worker.loop.recent()) : Use::No;
  if (use == Use::Fresh) {
    co_await answer_kept(call, worker, std::move(kept), request, KeptAnswer::Hit);
    co_return Recalled::Answered;
  }
  // Only from here on anything is allocated.
  auto ticket = make_ticket(key, owner, request);
  if (use != Use::No) ticket->stale = kept;
  if (use == Use::RevalidateInBackground) {
    co_await answer_kept(call, worker, std::move(kept), request, KeptAnswer::Hit);
    if (!call.admission.refusal) co_await renew_in_background(call, worker, *ticket);
    co_return Recalled::Answered;
  }
  CacheTicket& held = *ticket;
  call.keep = std::move(ticket);
  co_return co_await ask_others(call, worker, held);
}

}  // namespace apiforge::gateway::phases
