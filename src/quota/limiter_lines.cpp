#include <algorithm>
#include <bit>

#include "quota/detail/limiter_state.hpp"
#include "quota/limit_counts.hpp"

namespace apiforge::quota {
namespace {

using std::chrono::nanoseconds;

/// Counters of one worker at which calls wait at the same time.
constexpr std::size_t kMostLines = 10'000;
/// Calls that wait for units of one counter to be fetched.
constexpr std::size_t kMostForUnits = 10'000;
constexpr nanoseconds kLongestFetch = std::chrono::seconds(2);
/// When a counter that did not say when it has room is looked at again.
constexpr nanoseconds kLookAgain = std::chrono::milliseconds(20);

policy::WaitLine::Id id_of(const LimitWaiter& waiter) {
  return std::bit_cast<policy::WaitLine::Id>(&waiter);
}

}  // namespace

bool Limiter::enqueue(const Verdict& verdict, const Subject& subject, MonotonicTime now,
                      MonotonicTime deadline, LimitWaiter& waiter) {
  State& state = *state_;
  if (verdict.limit == nullptr || state.current == nullptr) return false;
  const CompiledLimit& limit = *verdict.limit;
  state.wall_seen = state.wall_at(now);
  state.now_seen = now;
  const bool prepaid = verdict.ruling == Ruling::Wait;
  const nanoseconds longest = prepaid ? kLongestFetch : nanoseconds(limit.config->queue.max_wait);
  State::Waiting waiting{.waiter = &waiter,
                         .ask = {.cost = verdict.cost, .priority = subject.priority},
                         .joined = now,
                         .deadline = std::min(deadline, now + longest)};
  State::Line* const line = state.line_for(verdict, subject, prepaid);
  bool in_line = false;
  if (line != nullptr) {
    waiting.key = line->slot.key;
    const auto before = state.told.find(id_of(waiter));
    const bool back = verdict.queued && before != state.told.end();
    if (back && before->second.key == waiting.key) {
      waiting.joined = before->second.joined;
      waiting.deadline = before->second.deadline;
      if (before->second.overdue) waiting.deadline = now;  // it has waited as long as it may
    }
    in_line = waiting.deadline > now && !state.comes_too_late(*line, verdict, waiting) &&
              state.join(*line, waiting);
    if (line->order.empty()) state.lines.erase(waiting.key);
  }
  state.told.erase(id_of(waiter));
  if (!in_line) {
    limit.counts->refused.fetch_add(1, std::memory_order_relaxed);
  } else if (!verdict.queued && !prepaid) {
    limit.counts->queued.fetch_add(1, std::memory_order_relaxed);
  }
  return in_line;
}

Limiter::State::Line* Limiter::State::line_for(const Verdict& verdict, const Subject& subject,
                                               bool prepaid) {
  const auto limits = current->book->limits();
  const CompiledLimit& limit = *verdict.limit;
  // The book may have been replaced since it was asked; the call then asks the new one.
  if (limit.index >= limits.size() || limits[limit.index].get() != verdict.limit) return nullptr;
  LimitSlot slot = make_slot(limits[limit.index], subject);
  const auto found = lines.find(slot.key);
  if (found != lines.end()) return &found->second;
  if (lines.size() >= kMostLines) return nullptr;
  const std::size_t most = prepaid ? kMostForUnits : limit.config->queue.max_waiting;
  Line& line = lines.try_emplace(slot.key, most).first->second;
  line.limit = limits[limit.index];
  line.slot = std::move(slot);
  line.slot.limit = &line.limit;
  return &line;
}

bool Limiter::State::comes_too_late(const Line& line, const Verdict& verdict,
                                    const Waiting& waiting_now) const {
  if (verdict.ruling != Ruling::Queue || !line.limit->rate) return false;
  const policy::RateRule& rate = *line.limit->rate;
  const double each = static_cast<double>(rate.per().count()) / static_cast<double>(rate.amount()) *
                      static_cast<double>(verdict.cost);
  const double ahead = static_cast<double>(line.order.ahead_of(waiting_now.ask.priority)) * each;
  const double left = static_cast<double>((waiting_now.deadline - now_seen).count());
  return static_cast<double>(verdict.retry_after.count()) + ahead > left;
}

bool Limiter::State::join(Line& line, const Waiting& entry) {
  const policy::WaitLine::Id id = id_of(*entry.waiter);
  if (!line.order.join(id, entry.ask.priority, entry.deadline, entry.joined)) return false;
  waiting.insert_or_assign(id, entry);
  if (line.slot.block != nullptr) {
    line.slot.block->wait_for(entry.ask.cost, mailbox);
    fetch(line.slot.block, line.limit, entry.ask.cost, now_seen, wall_seen);
    mailbox->on_units(entry.key);  // units may have come since the call asked
  }
  line.next_turn = std::min(line.next_turn, now_seen + kLookAgain);
  next_turn = std::min(next_turn, std::min(line.next_turn, line.order.earliest_deadline()));
  return true;
}

void Limiter::leave(LimitWaiter& waiter) {
  state_->told.erase(id_of(waiter));
  state_->remove(id_of(waiter));
}

/// Takes a call out of its line and of what units are fetched for.
void Limiter::State::remove(policy::WaitLine::Id id) {
  const auto found = waiting.find(id);
  if (found == waiting.end()) return;
  const Waiting entry = found->second;
  waiting.erase(found);
  const auto line = lines.find(entry.key);
  if (line == lines.end()) return;
  line->second.order.leave(id);
  if (line->second.slot.block != nullptr) line->second.slot.block->stop_waiting(entry.ask.cost);
  if (line->second.order.empty()) lines.erase(line);
}

/// Out of the line first, since a call that is told may ask, wait again or end at once.
void Limiter::State::tell(Waiting entry, MonotonicTime now) {
  entry.overdue = entry.deadline <= now;
  const policy::WaitLine::Id id = id_of(*entry.waiter);
  told.insert_or_assign(id, entry);
  const auto line = lines.find(entry.key);
  if (line != lines.end() && !entry.overdue) line->second.told_units += entry.ask.cost;
  remove(id);
  entry.waiter->on_turn();
}

bool Limiter::State::turn_has_come(Line& line, const Waiting& entry, MonotonicTime now,
                                   WallTime wall) {
  LimitAsk ask = entry.ask;
  ask.cost += line.told_units;
  ask.queued = true;
  ask.now = now;
  ask.wall = wall;
  LimitDecision decision;
  decide(line.slot, ask, decision);
  if (decision.ruling == Ruling::Admitted) return true;
  const bool may_wait = decision.ruling == Ruling::Wait || decision.ruling == Ruling::Queue;
  // What is too much only together with those that were told has its turn after them.
  if (!may_wait && line.told_units == 0) return true;
  if (decision.ruling == Ruling::Wait || decision.low) {
    line.slot.block->wait_for(0, mailbox);
    fetch(line.slot.block, line.limit, entry.ask.cost, now, wall);
    // Units, or the word that there are none, may have come since it was asked.
    const bool nobody_will_tell = line.told_units == 0 && !line.slot.block->is_fetching();
    if (decision.ruling == Ruling::Wait && nobody_will_tell) mailbox->on_units(entry.key);
  }
  const bool rate = !line.slot.counts_in_blocks && line.limit->rate;
  line.next_turn = now + (rate ? std::max(decision.retry_after, nanoseconds(1)) : kLookAgain);
  return false;
}

void Limiter::State::tend_line(std::uint64_t key, MonotonicTime now, WallTime wall) {
  now_seen = std::max(now_seen, now);
  wall_seen = wall;
  // Each turn takes one out of the line; those that come back do not make it endless.
  const auto first = lines.find(key);
  if (first == lines.end()) return;
  for (std::size_t turns = first->second.order.size(); turns > 0; --turns) {
    const auto found = lines.find(key);
    if (found == lines.end()) return;
    Line& line = found->second;
    std::optional<policy::WaitLine::Id> id = line.order.take_overdue(now);
    if (!id) {
      id = line.order.first();
      if (!id || !turn_has_come(line, waiting.at(*id), now, wall)) break;
    }
    tell(waiting.at(*id), now);
  }
  const auto last = lines.find(key);
  if (last == lines.end()) return;
  const Line& line = last->second;
  next_turn = std::min(next_turn, std::min(line.next_turn, line.order.earliest_deadline()));
}

/// A call that was told asks: from now on its counters speak for it, and who waited for it to ask
/// is looked at again.
void Limiter::State::has_asked(std::span<const LimitSlot> slots, const Costs& costs) {
  for (const LimitSlot& slot : slots) {
    const auto line = lines.find(slot.key);
    if (line == lines.end()) continue;
    if (line->second.told_units == 0) continue;
    const std::int64_t units = costs.of((*slot.limit)->unit);
    line->second.told_units = std::max<std::int64_t>(line->second.told_units - units, 0);
    if (line->second.told_units == 0) mailbox->on_units(slot.key);
  }
}

/// All ask anew: their limits may have changed.
void Limiter::State::tell_all(MonotonicTime now) {
  std::vector<policy::WaitLine::Id> ids;
  ids.reserve(waiting.size());
  for (const auto& [id, entry] : waiting) ids.push_back(id);
  for (const policy::WaitLine::Id id : ids) {
    const auto entry = waiting.find(id);
    if (entry != waiting.end()) tell(Waiting(entry->second), now);
  }
}

/// A call has ended: who waits for its place is told as soon as the worker is done with this.
void Limiter::State::place_is_free(std::uint64_t key) {
  if (lines.contains(key)) mailbox->on_units(key);
}

}  // namespace apiforge::quota
