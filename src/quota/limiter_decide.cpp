#include <algorithm>

#include "quota/detail/limiter_state.hpp"

namespace apiforge::quota {
namespace {

using std::chrono::nanoseconds;

/// When nothing says when a place will be free, or there is no room to count.
constexpr nanoseconds kSoon = std::chrono::seconds(1);
/// The bits of a cell hold no greater number of running calls.
constexpr std::int64_t kMostRunning = 16'000'000;
/// How often a counter is read again because another worker has just changed it.
constexpr int kDecideTries = 100;

std::int64_t kept_for_others(const CompiledLimit& limit, model::PriorityClass priority) {
  return priority > limit.priority ? limit.kept : 0;
}

/// What becomes of a call for which there is no room now.
Ruling ruling_of(const CompiledLimit& limit, const LimitDecision& decision) {
  const model::Quota& quota = *limit.config;
  switch (quota.on_exceed) {
    case model::OnExceed::Reject:
      return Ruling::Refused;
    case model::OnExceed::Degrade:
      return Ruling::Degraded;
    case model::OnExceed::Queue:
      break;
  }
  const bool in_vain = decision.never || (quota.limit.unit != model::LimitUnit::Concurrent &&
                                          decision.retry_after > quota.queue.max_wait);
  return in_vain ? Ruling::Refused : Ruling::Queue;
}

}  // namespace

void Limiter::State::decide(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision) {
  decision = {.applies = true, .cost = ask.cost};
  const CompiledLimit& limit = **slot.limit;
  if (slot.counts_in_blocks) {
    decide_block(slot, ask, decision);
  } else if (limit.unit == model::LimitUnit::Concurrent) {
    decide_running(slot, ask, decision);
  } else {
    decide_rate(slot, ask, decision);
  }
  if (decision.ruling == Ruling::Refused) {
    decision.ruling = ruling_of(limit, decision);
  } else if (decision.ruling == Ruling::Admitted && !ask.queued &&
             limit.on_exceed == model::OnExceed::Queue && lines.contains(slot.key)) {
    decision.ruling = Ruling::Queue;  // behind those that came before
  }
}

/// The counter as it is; nullopt: there is no room for it.
std::optional<CellReading> Limiter::State::read_cell(LimitSlot& slot, const LimitAsk& ask) {
  LimitTable& table = needs.table;
  for (int i = 0; i < kDecideTries; ++i) {
    if (slot.cell == nullptr) {
      if (!ask.may_make) {
        slot.cell = table.find(slot.key);
        if (slot.cell == nullptr) return CellReading{};
      } else if (!slot.overflowed) {
        slot.cell = table.find_or_make(slot.key, ask.now);
      }
    }
    if (slot.cell == nullptr) {
      if (!slot.overflowed) {
        const CompiledLimit& limit = **slot.limit;
        const bool running = limit.unit == model::LimitUnit::Concurrent;
        slot.key = table.overflow_key(
            running ? LimitTable::CellKind::Running : LimitTable::CellKind::Rate, limit.salt);
        slot.overflowed = true;
      }
      slot.cell = table.find_or_make_overflow(slot.key, ask.now);
      if (slot.cell == nullptr) return std::nullopt;
    }
    if (const auto reading = LimitTable::read(*slot.cell, slot.key)) return reading;
    slot.cell = nullptr;
  }
  return std::nullopt;
}

void Limiter::State::decide_rate(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision) {
  const CompiledLimit& limit = **slot.limit;
  const std::optional<CellReading> reading = read_cell(slot, ask);
  if (!reading) {
    decision.retry_after = kSoon;
    return;
  }
  decision.seen = *reading;
  const std::int64_t kept = kept_for_others(limit, ask.priority);
  const std::int64_t need = ask.cost == 0 && ask.settles ? 1 : ask.cost;
  const policy::RateVerdict verdict = limit.rate->decide(reading->value, ask.now, need, kept);
  decision.never = verdict.never;
  decision.remaining = verdict.remaining;
  decision.retry_after = verdict.retry_after;
  decision.reset_after = verdict.reset_after;
  // A call that costs nothing is not refused for want of units.
  if (verdict.allowed || need == 0) decision.ruling = Ruling::Admitted;
  decision.next = need == ask.cost ? verdict.next : reading->value;
}

void Limiter::State::decide_running(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision) {
  const CompiledLimit& limit = **slot.limit;
  const std::optional<CellReading> reading = read_cell(slot, ask);
  decision.retry_after = kSoon;
  if (!reading) return;
  decision.seen = *reading;
  const std::int64_t room =
      std::min(limit.config->limit.amount, kMostRunning) - kept_for_others(limit, ask.priority);
  const auto running = static_cast<std::int64_t>(reading->value);
  decision.never = ask.cost > room;
  decision.remaining = std::max<std::int64_t>(room - running - ask.cost, 0);
  if (running + ask.cost > room) return;
  decision.ruling = Ruling::Admitted;
  decision.retry_after = nanoseconds(0);
  decision.next = reading->value + static_cast<std::uint64_t>(ask.cost);
}

void Limiter::State::decide_block(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision) {
  const BlockDemand demand{.cost = ask.cost,
                           .settles = ask.settles,
                           .kept = kept_for_others(**slot.limit, ask.priority),
                           .queued = ask.queued};
  const BlockAnswer answer = slot.block->ask(terms(*slot.limit, ask.now, ask.wall), demand);
  if (answer.refunds) quota::give_back(*slot.block, needs.durable, needs.shared);
  decision.never = answer.never;
  decision.low = answer.low;
  decision.remaining = answer.remaining;
  decision.retry_after = answer.retry_after;
  decision.reset_after = answer.reset_after;
  decision.from = answer.from;
  decision.returnable = answer.returnable;
  switch (answer.ruling) {
    case BlockRuling::Admitted:
      decision.ruling = Ruling::Admitted;
      break;
    case BlockRuling::Refused:
      decision.ruling = Ruling::Refused;
      break;
    case BlockRuling::Wait:
      decision.ruling = Ruling::Wait;
      break;
    case BlockRuling::Unavailable:
      decision.ruling = Ruling::Unavailable;
      break;
    case BlockRuling::Retired:  // as new as if it had never been
      slot.block = successor_of(*slot.block);
      decision.ruling = Ruling::Wait;
      decide_block(slot, ask, decision);
      break;
  }
}

/// False when another worker was faster, so that it has to be decided anew.
bool Limiter::State::take(LimitSlot& slot, const LimitAsk& ask, LimitDecision& decision) {
  const CompiledLimit& limit = **slot.limit;
  if (slot.counts_in_blocks) {
    const BlockDemand demand{.cost = ask.cost,
                             .settles = ask.settles,
                             .kept = kept_for_others(limit, ask.priority),
                             .queued = ask.queued,
                             .take = true};
    const BlockAnswer answer = slot.block->ask(terms(*slot.limit, ask.now, ask.wall), demand);
    decision.low = answer.low;
    decision.returnable = answer.returnable;
    decision.from = answer.from;
    return answer.ruling == BlockRuling::Admitted;
  }
  if (ask.cost == 0) return true;
  const MonotonicTime idle_from =
      limit.rate ? limit.rate->idle_from(decision.next) : ask.now + kSoon;
  return LimitTable::exchange(*slot.cell, slot.key, decision.seen, decision.next, idle_from);
}

void Limiter::State::give_back(const CompiledLimit& limit, LimitCell& cell, std::uint64_t key,
                               std::int64_t units) {
  if (units <= 0) return;
  const MonotonicTime now = needs.now();
  while (const auto seen = LimitTable::read(cell, key)) {
    const auto count = static_cast<std::uint64_t>(units);
    const std::uint64_t next = limit.rate ? limit.rate->give_back(seen->value, now, units)
                                          : seen->value - std::min(seen->value, count);
    const MonotonicTime idle_from = limit.rate ? limit.rate->idle_from(next) : now + kSoon;
    if (LimitTable::exchange(cell, key, *seen, next, idle_from)) break;
  }
  if (!limit.rate) place_is_free(key);
}

void Limiter::State::charge(const CompiledLimit& limit, LimitCell& cell, std::uint64_t key,
                            std::int64_t units) {
  if (units <= 0 || !limit.rate) return;
  const MonotonicTime now = needs.now();
  LimitCell* charged = &cell;
  while (charged != nullptr) {
    const std::optional<CellReading> seen = LimitTable::read(*charged, key);
    if (!seen) {
      charged = cell_to_charge(limit, key, now);
      continue;
    }
    const std::uint64_t next = limit.rate->charge(seen->value, now, units);
    if (LimitTable::exchange(*charged, key, *seen, next, limit.rate->idle_from(next))) return;
  }
}

/// The counter of a call that ran for so long that its own was forgotten, as idle, meanwhile. Where
/// there is no room any more, the one that others share; `key` is then that one's.
LimitCell* Limiter::State::cell_to_charge(const CompiledLimit& limit, std::uint64_t& key,
                                          MonotonicTime now) {
  const std::uint64_t shared_by_others =
      needs.table.overflow_key(LimitTable::CellKind::Rate, limit.salt);
  if (key != shared_by_others) {
    if (LimitCell* cell = needs.table.find_or_make(key, now)) return cell;
    key = shared_by_others;
  }
  return needs.table.find_or_make_overflow(key, now);
}

void Limiter::State::give_back(Block& block, std::int64_t units, const UnitsFrom& from) {
  if (units <= 0) return;
  block.give_back(units, from, needs.now());
  quota::give_back(block, needs.durable, needs.shared);
}

void Limiter::State::charge(Block& block, const LimitPtr& limit, std::int64_t units,
                            const UnitsFrom& from) {
  const MonotonicTime now = needs.now();
  const BlockTerms under = terms(limit, now, wall_at(now));
  if (block.charge(units, from, under)) return;
  // Retired while the call ran.
  successor_of(block)->charge(units, from, under);
}

}  // namespace apiforge::quota
