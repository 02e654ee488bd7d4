// LocalBus: the events of a process on their way from the thread where something happened to those
// who want to know. Workers publish, so there is no lock: a bounded queue of slots with a ticket
// each (Vyukov). One thread, the control thread, drains it and calls the subscribers. Owned by the
// application, which ends all publishing threads before it.
#pragma once
#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

#include "events/event_bus.hpp"

namespace apiforge::events {

class LocalBus final : public EventBus {
 public:
  using Visit = std::function<void(const Event&)>;
  static constexpr std::size_t kDefaultCapacity = 1024;

  /// `capacity` is a power of two: what can wait for the next drain.
  explicit LocalBus(std::size_t capacity = kDefaultCapacity);
  LocalBus(const LocalBus&) = delete;
  LocalBus& operator=(const LocalBus&) = delete;

  /// Any thread; takes the event or drops it, in either case at once.
  void publish(Event event) override;
  std::uint64_t dropped() const override { return dropped_.load(std::memory_order_relaxed); }

  /// Whom `drain()` calls, in the order of subscription. Control thread.
  void subscribe(Visit visit) { subscribers_.push_back(std::move(visit)); }
  /// Hands what waits to all subscribers, at most one full queue of it. Returns how many events.
  std::size_t drain();
  /// The same, to `visit` alone.
  std::size_t drain(const Visit& visit);

 private:
  static constexpr std::size_t kCacheLine = 64;
  /// `turn` is the position whose publisher may write here, or one more: the event is there.
  struct Slot {
    std::atomic<std::size_t> turn{0};
    Event event{};
  };

  bool push(Event& event);

  std::vector<Slot> slots_;
  std::vector<Visit> subscribers_;
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
  std::atomic<std::uint64_t> dropped_{0};
  alignas(kCacheLine) std::size_t head_ = 0;  ///< of the draining thread
};

}  // namespace apiforge::events
