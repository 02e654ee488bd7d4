// WorkerCache: one worker's part of the cache: the replies it keeps, the flights of the keys whose
// home it is, and the messages to and from the other workers. Made before its loop runs, destroyed
// after it has ended; everything else on the loop's thread.
//
// A hit needs this worker alone. After a miss the home of the key is asked: it gives the reply that
// another worker has fetched, lets the call wait for an equal one, or lets it go upstream. What a
// call keeps goes to its own worker and to the home; others get it when they ask.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "gateway/cache/cache_ring.hpp"
#include "gateway/cache/flight_ticket.hpp"
#include "gateway/cache/flight_wait.hpp"
#include "gateway/cache/flights.hpp"
#include "gateway/cache/marks.hpp"
#include "gateway/cache/reply_cache.hpp"
#include "net/event_loop.hpp"

namespace apiforge::gateway::cache {

class WorkerCache {
 public:
  /// Of how many Apis `tend` looks whether they are still there.
  static constexpr std::size_t kSweptOwners = 256;
  /// Equal calls do not wait for each other for so long after one whose reply was not for others.
  static constexpr std::chrono::seconds kAloneTime{5};
  /// A reply is renewed in the background at most so often.
  static constexpr std::chrono::seconds kRenewalPause{1};

  /// `max_bytes` is for the replies of this worker.
  WorkerCache(net::EventLoop& loop, std::shared_ptr<CacheRing> ring, std::size_t index,
              std::size_t max_bytes);
  ~WorkerCache();
  WorkerCache(const WorkerCache&) = delete;
  WorkerCache& operator=(const WorkerCache&) = delete;

  /// For building keys; keeps its memory. Used between two suspensions only.
  std::string& key_scratch() { return key_scratch_; }
  CacheKey key(std::string_view text) const;
  /// What is kept for `object`, an Api, goes when it does.
  template <class Object>
  const CacheOwner& owner_of(const std::shared_ptr<Object>& object) {
    const auto found = owners_.find(object.get());
    if (found != owners_.end() && !found->second.alive.expired()) return found->second;
    return learn_owner(object);
  }

  /// The newest reply of the key that fits a request with these fields; null when there is none.
  /// Takes no lock and allocates nothing.
  KeptPtr find(CacheKey key, std::span<const net::Field> request);
  /// When the newest reply of the key was received; MonotonicTime::min() without one. And what
  /// tells a call that none of them fits from others: `flight` becomes the name of its flight.
  MonotonicTime newest(CacheKey key, std::span<const net::Field> request, std::string& flight);

  /// Keeps a reply here and at its home, unless its target was written to since it was `asked` for.
  /// `flight`, when it is held, ends: the reply goes to those that wait.
  void keep(CacheKey key, const CacheOwner& owner, KeptPtr reply, MonotonicTime asked,
            FlightTicket& flight);
  /// Keeps here what the home has given.
  void adopt(CacheKey key, const CacheOwner& owner, const KeptPtr& reply);
  /// Forgets the key on all workers: its target was written to, or the reply was wrong.
  void invalidate(CacheKey key);

  /// Whether replies of the key were of late not for others: then its home is not asked.
  bool goes_alone(std::uint64_t hash) const { return alone_.has(hash, loop_.recent()); }
  void note_alone(std::uint64_t hash) { alone_.set(hash, loop_.recent() + kAloneTime); }
  /// Whether it is time to renew a stale reply in the background; then not again for kRenewalPause.
  bool begin_renewal(std::uint64_t hash);

  /// Gives back the memory of what belongs to Apis that are gone, a few at a time. To be called
  /// every now and then.
  void tend();

  net::EventLoop& loop() { return loop_; }
  const ReplyCache& replies() const { return replies_; }

 private:
  friend class FlightTicket;
  friend class FlightWait;
  struct Ask;

  const CacheOwner& learn_owner(const std::shared_ptr<const void>& object);

  // Of the asking side.
  std::uint64_t add_wait(FlightWait& wait);
  void remove_wait(std::uint64_t number) { waits_.erase(number); }
  void ask_home(const FlightWait::Question& question, std::uint64_t number);
  void leave_flight(const FlightWait::Question& question, std::uint64_t number);
  FlightTicket ticket_for(const FlightWait::Question& question, std::uint64_t number);
  void end_flight(FlightTicket& ticket, FlightEnd how);
  void hear(std::uint64_t number, Told told, std::vector<KeptPtr> replies, bool marked);

  // Of the home.
  void answer(const Ask& ask);
  void land(const std::string& flight, std::uint64_t hash, Asker leader, FlightEnd how,
            const KeptPtr& reply);
  void announce(const Flights::Landing& landing, FlightEnd how, const KeptPtr& reply);
  void tell(Asker asker, Told told, std::vector<KeptPtr> replies = {}, bool marked = false);
  void put(CacheKey key, const CacheOwner& owner, KeptPtr reply, MonotonicTime asked);
  void forget(CacheKey key);

  net::EventLoop& loop_;
  std::shared_ptr<CacheRing> ring_;
  const std::size_t index_;
  std::string key_scratch_;
  std::unordered_map<const void*, CacheOwner> owners_;
  ReplyCache replies_;
  Flights flights_;
  Marks alone_;
  Marks renewed_;
  Marks written_;
  std::unordered_map<std::uint64_t, FlightWait*> waits_;
  std::uint64_t next_number_ = 1;
};

}  // namespace apiforge::gateway::cache
