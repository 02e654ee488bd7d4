#include "events/bus.hpp"

#include <bit>

namespace apiforge::events {

LocalBus::LocalBus(std::size_t capacity) : slots_(std::bit_ceil(capacity)) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].turn.store(i, std::memory_order_relaxed);
  }
}

void LocalBus::publish(Event event) {
  if (!push(event)) dropped_.fetch_add(1, std::memory_order_relaxed);
}

bool LocalBus::push(Event& event) {
  std::size_t position = tail_.load(std::memory_order_relaxed);
  while (true) {
    Slot& slot = slots_[position % slots_.size()];
    const std::size_t turn = slot.turn.load(std::memory_order_acquire);
    if (turn == position) {
      if (!tail_.compare_exchange_weak(position, position + 1, std::memory_order_relaxed)) continue;
      slot.event = std::move(event);
      slot.turn.store(position + 1, std::memory_order_release);
      return true;
    }
    // An event of the round before is still there: the queue is full, unless others have moved on.
    const std::size_t latest = tail_.load(std::memory_order_relaxed);
    if (latest == position) return false;
    position = latest;
  }
}

std::size_t LocalBus::drain() {
  return drain([this](const Event& event) {
    for (const Visit& visit : subscribers_) visit(event);
  });
}

std::size_t LocalBus::drain(const Visit& visit) {
  std::size_t drained = 0;
  for (; drained < slots_.size(); ++drained) {
    Slot& slot = slots_[head_ % slots_.size()];
    if (slot.turn.load(std::memory_order_acquire) != head_ + 1) break;
    const Event event = std::exchange(slot.event, Event{});
    slot.turn.store(head_ + slots_.size(), std::memory_order_release);
    ++head_;
    visit(event);
  }
  return drained;
}

}  // namespace apiforge::events
