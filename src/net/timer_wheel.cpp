#include "net/timer_wheel.hpp"

#include <algorithm>

namespace apiforge::net {

void Timer::set(MonotonicTime deadline) {
  deadline_ = deadline;
  if (hook_.is_linked()) {
    if (scheduled_tick_ <= wheel_.tick_at_or_after(deadline)) return;
    hook_.unlink();
  }
  wheel_.schedule(*this);
}

std::uint64_t TimerWheel::tick_at_or_after(MonotonicTime time) const {
  if (time <= start_) return 0;
  const auto elapsed = time - start_;
  return static_cast<std::uint64_t>((elapsed + kTick - std::chrono::nanoseconds(1)) / kTick);
}

void TimerWheel::schedule(Timer& timer) {
  const std::uint64_t earliest = current_tick_ + 1;
  const std::uint64_t latest = current_tick_ + kSlots - 1;
  timer.scheduled_tick_ = std::clamp(tick_at_or_after(timer.deadline_), earliest, latest);
  slots_[timer.scheduled_tick_ % kSlots].push_back(timer);
}

void TimerWheel::advance(MonotonicTime now) {
  if (now < start_) return;
  const auto target = static_cast<std::uint64_t>((now - start_) / kTick);
  // After a long stall one round over all slots visits every timer.
  if (target > current_tick_ + kSlots) current_tick_ = target - kSlots;
  while (current_tick_ < target) {
    ++current_tick_;
    sweep(slots_[current_tick_ % kSlots], now);
  }
}

void TimerWheel::expire_all() {
  for (Slot& slot : slots_) sweep(slot, MonotonicTime::max() - kTick);
}

bool TimerWheel::empty() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.empty(); });
}

void TimerWheel::sweep(Slot& slot, MonotonicTime now) {
  // Owners may relink or destroy timers, so the slot is emptied first and drained one by one.
  Slot due;
  due.splice(due.end(), slot);
  while (!due.empty()) {
    Timer& timer = due.front();
    due.pop_front();
    if (timer.deadline_ == MonotonicTime::max()) continue;
    if (timer.deadline_ > now) {
      schedule(timer);
      continue;
    }
    timer.deadline_ = MonotonicTime::max();
    timer.owner_.on_deadline(timer);
  }
}

}  // namespace apiforge::net
