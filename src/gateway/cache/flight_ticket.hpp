// FlightTicket: held by the call that leads a flight. Whatever becomes of the call, those that wait
// for it hear of its end, once. On the call's worker, within the life of its WorkerCache.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "gateway/cache/flights.hpp"

namespace apiforge::gateway::cache {

class WorkerCache;

class FlightTicket {
 public:
  FlightTicket() = default;
  FlightTicket(WorkerCache& cache, std::uint64_t hash, std::string flight, Asker leader)
      : cache_(&cache), hash_(hash), flight_(std::move(flight)), leader_(leader) {}
  FlightTicket(FlightTicket&& other) noexcept { swap(other); }
  FlightTicket& operator=(FlightTicket&& other) noexcept {
    FlightTicket(std::move(other)).swap(*this);
    return *this;
  }
  ~FlightTicket() { end(FlightEnd::Cancelled); }

  explicit operator bool() const { return cache_ != nullptr; }
  /// Tells those that wait; does nothing the second time. For replies that are kept see
  /// WorkerCache::keep.
  void end(FlightEnd how);

 private:
  friend class WorkerCache;
  void swap(FlightTicket& other) noexcept {
    std::swap(cache_, other.cache_);
    std::swap(hash_, other.hash_);
    std::swap(flight_, other.flight_);
    std::swap(leader_, other.leader_);
  }

  WorkerCache* cache_ = nullptr;
  std::uint64_t hash_ = 0;
  std::string flight_;
  Asker leader_;
};

}  // namespace apiforge::gateway::cache
