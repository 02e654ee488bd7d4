#include "gateway/turn_clock.hpp"

namespace apiforge::gateway {

TurnClock::TurnClock(net::EventLoop& loop, quota::Limiter& limiter)
    : loop_(loop), limiter_(limiter), timer_(loop, [this] { tend(); }) {}

void TurnClock::set() {
  const MonotonicTime next = limiter_.next_turn();
  if (next == MonotonicTime::max()) {
    timer_.clear();
  } else {
    timer_.set(next);
  }
}

void TurnClock::tend() {
  const MonotonicTime now = loop_.now();
  limiter_.tend(now, loop_.recent_wall());
  set();
}

}  // namespace apiforge::gateway
