#include "quota/limiter.hpp"

#include <algorithm>

#include "quota/detail/limiter_state.hpp"
#include "quota/limit_counts.hpp"

namespace apiforge::quota {
namespace {

/// How often a call is decided anew because other workers took from its counters meanwhile.
constexpr int kTries = 64;

/// The more final a ruling is, the greater: of several limits that do not admit, that one counts.
int finality(const LimitDecision& decision) {
  switch (decision.ruling) {
    case Ruling::Admitted:
      return 0;
    case Ruling::Wait:
      return 1;
    case Ruling::Queue:
      return 2;
    case Ruling::Degraded:
      return 3;
    case Ruling::Unavailable:
      return 4;
    case Ruling::Refused:
      return decision.never ? 6 : 5;
  }
  return 0;
}

/// What is left of a limit, 0..1; the default limit is named only when there is no other.
double share_left(const CompiledLimit& limit, const LimitDecision& decision) {
  if (limit.is_default) return 2.0;
  return static_cast<double>(decision.remaining) / static_cast<double>(limit.whole);
}

Verdict verdict_of(const CompiledLimit& limit, const LimitDecision& decision) {
  return {.ruling = decision.ruling,
          .limit = &limit,
          .cost = decision.cost,
          .never = decision.never,
          .remaining = decision.remaining,
          .retry_after = decision.retry_after,
          .reset_after = decision.reset_after};
}

Verdict merge(std::span<const LimitSlot> slots, std::span<const LimitDecision> decisions) {
  const LimitDecision* worst = nullptr;
  const CompiledLimit* by = nullptr;
  double least = 3.0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const LimitDecision& decision = decisions[i];
    if (!decision.applies) continue;
    const CompiledLimit& limit = **slots[i].limit;
    const int rank = finality(decision);
    const int most = worst == nullptr ? 0 : finality(*worst);
    bool worse = worst == nullptr || rank > most;
    if (rank == 0 && most == 0) {
      const double left = share_left(limit, decision);
      worse = left < least;
      if (worse) least = left;
    } else if (rank == most) {
      worse = decision.retry_after > worst->retry_after;
    }
    if (!worse) continue;
    worst = &decision;
    by = &limit;
  }
  return worst == nullptr ? Verdict{} : verdict_of(*by, *worst);
}

struct CallAsk {
  const Subject& subject;
  const Costs& costs;
  LimitAsk ask;  ///< but for the cost

  LimitAsk under(const CompiledLimit& limit) const {
    LimitAsk result = ask;
    const model::LimitUnit unit = limit.unit;
    result.cost = std::max<std::int64_t>(costs.of(unit), 0);
    result.settles = costs.settles && is_reserved(unit);
    return result;
  }
};

void count(const Verdict& verdict) {
  if (verdict.limit == nullptr) return;
  LimitCounts& counts = *verdict.limit->counts;
  if (verdict.ruling == Ruling::Degraded) {
    counts.degraded.fetch_add(1, std::memory_order_relaxed);
  } else if (verdict.ruling == Ruling::Refused || verdict.ruling == Ruling::Unavailable) {
    counts.refused.fetch_add(1, std::memory_order_relaxed);
  }
}

/// A look at all limits; nothing is taken.
Verdict decide_all(auto& state, std::span<LimitSlot> slots, const CallAsk& call) {
  state.decisions.resize(slots.size());
  bool counts_requests = false;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const CompiledLimit& limit = **slots[i].limit;
    LimitDecision& decision = state.decisions[i];
    decision.applies = limit.is_default ? !counts_requests : path_holds(limit, call.subject.path);
    if (!decision.applies) continue;
    counts_requests |= limit.unit == model::LimitUnit::Requests;
    state.decide(slots[i], call.under(limit), decision);
  }
  return merge(slots, state.decisions);
}

/// Takes from all, or from none: what was taken before one was lost to another worker goes back.
bool take_all(auto& state, std::span<LimitSlot> slots, const CallAsk& call) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    LimitDecision& decision = state.decisions[i];
    if (!decision.applies || state.take(slots[i], call.under(**slots[i].limit), decision)) continue;
    while (i-- > 0) {
      const LimitDecision& taken = state.decisions[i];
      LimitSlot& slot = slots[i];
      if (!taken.applies || !taken.returnable) continue;
      if (slot.block != nullptr) {
        state.give_back(*slot.block, taken.cost, taken.from);
      } else {
        state.give_back(**slot.limit, *slot.cell, slot.key, taken.cost);
      }
    }
    return false;
  }
  return true;
}

/// Before a block is used up, and to find out whether its source is back.
void fetch_low(auto& state, std::span<LimitSlot> slots, const CallAsk& call, bool admitted) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const LimitDecision& decision = state.decisions[i];
    const bool wanted = decision.applies && decision.low &&
                        (admitted || decision.ruling != Ruling::Admitted) &&
                        decision.ruling != Ruling::Wait;
    if (!wanted) continue;
    state.fetch(slots[i].block, *slots[i].limit, decision.cost, call.ask.now, call.ask.wall);
  }
}

}  // namespace

Limiter::Limiter(Needs needs) : state_(std::make_unique<State>(std::move(needs))) {}

Limiter::~Limiter() {
  if (state_ != nullptr) state_->mailbox->close();
}

void Limiter::use(std::shared_ptr<const LimitBook> book) {
  state_->use(std::move(book), state_->needs.now());
}

Verdict Limiter::admit(const Subject& subject, const Costs& costs, MonotonicTime now, WallTime wall,
                       Holding& holding, bool queued) {
  State& state = *state_;
  state.now_seen = now;
  state.wall_seen = wall;
  if (!holding.empty()) holding = Holding();
  if (state.current == nullptr || state.current->book->empty()) return {};
  const std::span<LimitSlot> slots = state.slots_of(subject);
  const CallAsk call{
      subject, costs, {.priority = subject.priority, .queued = queued, .now = now, .wall = wall}};
  if (queued) state.has_asked(slots, call.costs);
  Verdict verdict;
  for (int i = 0; i < kTries; ++i) {
    verdict = decide_all(state, slots, call);
    verdict.queued = queued;
    if (verdict.ruling != Ruling::Admitted) {
      fetch_low(state, slots, call, false);
      count(verdict);
      return verdict;
    }
    if (!take_all(state, slots, call)) continue;
    fetch_low(state, slots, call, true);
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const LimitDecision& decision = state.decisions[slot];
      if (!decision.applies) continue;
      (*slots[slot].limit)->counts->admitted.fetch_add(1, std::memory_order_relaxed);
      if (!decision.returnable) continue;
      holding.limiter_ = this;
      holding.add({.limit = slots[slot].limit->get(),
                   .cell = slots[slot].cell,
                   .key = slots[slot].key,
                   .block = slots[slot].block,
                   .units = decision.cost,
                   .from = decision.from});
    }
    if (!holding.empty()) {
      holding.book_ = state.current;
      ++state.current->holdings;
    }
    return verdict;
  }
  // Others took each time: the counter is under such pressure that a refusal is the right answer.
  verdict.ruling = Ruling::Refused;
  verdict.retry_after = std::chrono::milliseconds(1);
  count(verdict);
  return verdict;
}

Verdict Limiter::look(const Subject& subject, const Costs& costs, MonotonicTime now,
                      WallTime wall) {
  State& state = *state_;
  state.now_seen = now;
  state.wall_seen = wall;
  if (state.current == nullptr || state.current->book->empty()) return {};
  const CallAsk call{
      subject, costs, {.priority = subject.priority, .may_make = false, .now = now, .wall = wall}};
  return decide_all(state, state.slots_of(subject), call);
}

void Limiter::tend(MonotonicTime now, WallTime wall) {
  State& state = *state_;
  state.now_seen = now;
  state.wall_seen = wall;
  state.told.clear();
  state.next_turn = MonotonicTime::max();
  std::vector<std::uint64_t> due;
  for (auto& [key, line] : state.lines) {
    line.told_units = 0;
    due.push_back(key);
  }
  for (const std::uint64_t key : due) state.tend_line(key, now, wall);
  state.forget_books(now);
}

MonotonicTime Limiter::next_turn() const {
  return state_->next_turn;
}

}  // namespace apiforge::quota
