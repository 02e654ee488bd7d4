#include "policy/wait_line.hpp"

namespace apiforge::policy {

bool WaitLine::join(Id id, model::PriorityClass priority, MonotonicTime deadline,
                    MonotonicTime now) {
  if (size() >= most_ || deadline <= now) return false;
  const Place place{priority, now, joined_};
  if (!places_.emplace(id, place).second) return false;
  ++joined_;
  line_.emplace(place, Waiter{id, deadline});
  deadlines_.emplace(deadline, place);
  ++waiting_[static_cast<std::size_t>(priority)];
  return true;
}

bool WaitLine::leave(Id id) {
  const auto found = places_.find(id);
  if (found == places_.end()) return false;
  remove(line_.find(found->second));
  return true;
}

std::optional<WaitLine::Id> WaitLine::first() const {
  if (empty()) return std::nullopt;
  return line_.begin()->second.id;
}

std::optional<WaitLine::Id> WaitLine::take_overdue(MonotonicTime now) {
  if (earliest_deadline() > now) return std::nullopt;
  if (empty()) return std::nullopt;
  return remove(line_.find(deadlines_.begin()->second));
}

MonotonicTime WaitLine::earliest_deadline() const {
  return empty() ? MonotonicTime::max() : deadlines_.begin()->first;
}

std::size_t WaitLine::ahead_of(model::PriorityClass priority) const {
  std::size_t ahead = 0;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(priority); ++i) ahead += waiting_[i];
  return ahead;
}

WaitLine::Id WaitLine::remove(Line::iterator waiter) {
  const auto [place, who] = *waiter;
  line_.erase(waiter);
  deadlines_.erase({who.deadline, place});
  places_.erase(who.id);
  --waiting_[static_cast<std::size_t>(place.priority)];
  return who.id;
}

}  // namespace apiforge::policy
