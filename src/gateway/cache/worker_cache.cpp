#include "gateway/cache/worker_cache.hpp"

#include <algorithm>
#include <utility>

#include "policy/hash.hpp"

namespace apiforge::gateway::cache {
namespace {

MonotonicTime newest_of(std::span<const KeptPtr> replies) {
  MonotonicTime newest = MonotonicTime::min();
  for (const KeptPtr& reply : replies) newest = std::max(newest, reply->freshness.received);
  return newest;
}

}  // namespace

/// A question on its way to a home.
struct WorkerCache::Ask {
  std::string key;
  std::string flight;
  std::uint64_t hash;
  Asker asker;
  MonotonicTime newest_known;
  AskMode mode;
};

WorkerCache::WorkerCache(net::EventLoop& loop, std::shared_ptr<CacheRing> ring, std::size_t index,
                         std::size_t max_bytes)
    : loop_(loop), ring_(std::move(ring)), index_(index), replies_(max_bytes) {
  ring_->join(index_, loop_, *this);
}

WorkerCache::~WorkerCache() {
  ring_->leave(index_);
}

CacheKey WorkerCache::key(std::string_view text) const {
  return {text, policy::hash_bytes(text, ring_->seed())};
}

const CacheOwner& WorkerCache::learn_owner(const std::shared_ptr<const void>& object) {
  return owners_[object.get()] = ring_->owner_of(object);
}

// ----------------------------------------------------------------------------------------- replies

KeptPtr WorkerCache::find(CacheKey key, std::span<const net::Field> request) {
  const std::span<const KeptPtr> replies = replies_.find(key);
  for (auto reply = replies.rbegin(); reply != replies.rend(); ++reply) {
    if (is_selected(**reply, request)) return *reply;
  }
  return nullptr;
}

MonotonicTime WorkerCache::newest(CacheKey key, std::span<const net::Field> request,
                                  std::string& flight) {
  const std::span<const KeptPtr> replies = replies_.find(key);
  flight.assign(key.text);
  if (!replies.empty()) append_selecting_values(*replies.back(), request, flight);
  return newest_of(replies);
}

void WorkerCache::keep(CacheKey key, const CacheOwner& owner, KeptPtr reply, MonotonicTime asked,
                       FlightTicket& flight) {
  alone_.clear(key.hash);
  put(key, owner, reply, asked);
  const std::size_t home = ring_->home_of(key.hash);
  if (home != index_) {
    ring_->post(home, [text = std::string(key.text), hash = key.hash, owner, reply,
                       asked](WorkerCache& there) {
      there.alone_.clear(hash);
      there.put({text, hash}, owner, reply, asked);
    });
  }
  if (!flight) return;
  ring_->post(home, [name = std::move(flight.flight_), hash = key.hash, leader = flight.leader_,
                     reply = std::move(reply)](WorkerCache& there) {
    there.land(name, hash, leader, FlightEnd::Kept, reply);
  });
  flight.cache_ = nullptr;
}

void WorkerCache::adopt(CacheKey key, const CacheOwner& owner, const KeptPtr& reply) {
  if (ring_->home_of(key.hash) != index_) replies_.put(key, owner, reply);
}

void WorkerCache::put(CacheKey key, const CacheOwner& owner, KeptPtr reply, MonotonicTime asked) {
  // A read that began before a write may tell of what was before it.
  if (!written_.has(key.hash, asked)) replies_.put(key, owner, std::move(reply));
}

void WorkerCache::invalidate(CacheKey key) {
  forget(key);
  for (std::size_t worker = 0; worker < ring_->size(); ++worker) {
    if (worker == index_) continue;
    ring_->post(worker, [text = std::string(key.text), hash = key.hash](WorkerCache& there) {
      there.forget({text, hash});
    });
  }
}

void WorkerCache::forget(CacheKey key) {
  written_.set(key.hash, loop_.now());
  replies_.erase(key);
}

bool WorkerCache::begin_renewal(std::uint64_t hash) {
  const MonotonicTime now = loop_.recent();
  if (renewed_.has(hash, now)) return false;
  renewed_.set(hash, now + kRenewalPause);
  return true;
}

void WorkerCache::tend() {
  replies_.sweep(kSweptOwners);
  if (owners_.size() > kSweptOwners) {
    std::erase_if(owners_, [](const auto& entry) { return entry.second.alive.expired(); });
  }
}

// ---------------------------------------------------------------------------------- the asking
// side

std::uint64_t WorkerCache::add_wait(FlightWait& wait) {
  waits_.emplace(next_number_, &wait);
  return next_number_++;
}

void WorkerCache::ask_home(const FlightWait::Question& question, std::uint64_t number) {
  Ask ask{.key = std::string(question.key.text),
          .flight = std::string(question.flight),
          .hash = question.key.hash,
          .asker = {index_, number},
          .newest_known = question.newest_known,
          .mode = question.mode};
  const std::size_t home = ring_->home_of(ask.hash);
  ring_->post(home, [ask = std::move(ask)](WorkerCache& there) { there.answer(ask); });
}

void WorkerCache::leave_flight(const FlightWait::Question& question, std::uint64_t number) {
  ring_->post(
      ring_->home_of(question.key.hash),
      [flight = std::string(question.flight), asker = Asker{index_, number}](WorkerCache& there) {
        there.announce(there.flights_.leave(flight, asker), FlightEnd::Cancelled, nullptr);
      });
}

FlightTicket WorkerCache::ticket_for(const FlightWait::Question& question, std::uint64_t number) {
  return {*this, question.key.hash, std::string(question.flight), {index_, number}};
}

void WorkerCache::end_flight(FlightTicket& ticket, FlightEnd how) {
  if (how == FlightEnd::NotKept) note_alone(ticket.hash_);
  ring_->post(ring_->home_of(ticket.hash_),
              [flight = std::move(ticket.flight_), hash = ticket.hash_, leader = ticket.leader_,
               how](WorkerCache& there) { there.land(flight, hash, leader, how, nullptr); });
  ticket.cache_ = nullptr;
}

void WorkerCache::hear(std::uint64_t number, Told told, std::vector<KeptPtr> replies, bool marked) {
  const auto found = waits_.find(number);
  if (found == waits_.end()) return;  // it has given up its place, and its home will hear of it
  FlightWait& wait = *found->second;
  if (marked) note_alone(wait.question_.key.hash);
  wait.hear(told, std::move(replies));
}

// ---------------------------------------------------------------------------------------- the home

void WorkerCache::answer(const Ask& ask) {
  const std::span<const KeptPtr> replies = replies_.find({ask.key, ask.hash});
  if (newest_of(replies) > ask.newest_known) {
    tell(ask.asker, Told::Look, {replies.begin(), replies.end()});
    return;
  }
  const bool marked = alone_.has(ask.hash, loop_.now());
  if (marked || ask.mode == AskMode::Look) {
    tell(ask.asker, Told::Alone, {}, marked);
    return;
  }
  switch (flights_.ask(ask.flight, ask.asker, ask.mode == AskMode::Join)) {
    case Flights::Place::Leads:
      tell(ask.asker, Told::Leads);
      break;
    case Flights::Place::Alone:
      tell(ask.asker, Told::Alone);
      break;
    case Flights::Place::Waits:
      break;
  }
}

void WorkerCache::land(const std::string& flight, std::uint64_t hash, Asker leader, FlightEnd how,
                       const KeptPtr& reply) {
  if (how == FlightEnd::NotKept) alone_.set(hash, loop_.now() + kAloneTime);
  announce(flights_.end(flight, leader, how), how, reply);
}

void WorkerCache::announce(const Flights::Landing& landing, FlightEnd how, const KeptPtr& reply) {
  for (const Asker asker : landing.released) {
    if (reply) {
      tell(asker, Told::Landed, {reply});
    } else {
      tell(asker, Told::Alone, {}, how == FlightEnd::NotKept);
    }
  }
  if (landing.next_leader) tell(*landing.next_leader, Told::Leads);
}

void WorkerCache::tell(Asker asker, Told told, std::vector<KeptPtr> replies, bool marked) {
  ring_->post(asker.worker, [number = asker.number, told, replies = std::move(replies),
                             marked](WorkerCache& there) mutable {
    there.hear(number, told, std::move(replies), marked);
  });
}

}  // namespace apiforge::gateway::cache
