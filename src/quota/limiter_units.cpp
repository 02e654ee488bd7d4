#include "quota/detail/limiter_state.hpp"

namespace apiforge::quota {

void LimitMailbox::on_units(std::uint64_t key) {
  const std::lock_guard lock(lock_);
  if (state_ == nullptr) return;
  post_([self = shared_from_this(), key] {
    Limiter::State* const state = self->state_;
    if (state == nullptr) return;
    const MonotonicTime now = state->needs.now();
    state->tend_line(key, now, state->wall_at(now));
  });
}

void LimitMailbox::close() {
  const std::lock_guard lock(lock_);
  state_ = nullptr;
}

BlockSource* Limiter::State::source_of(const CompiledLimit& limit) const {
  return limit.config->limit.period ? needs.durable : needs.shared;
}

BlockTerms Limiter::State::terms(const LimitPtr& limit, MonotonicTime now, WallTime wall) const {
  const bool durable = limit->config->limit.period.has_value();
  const BlockSource* const source = source_of(*limit);
  BlockTerms terms{.limit = &limit, .now = now, .wall = wall};
  if (source == nullptr) return terms;
  terms.payer = durable ? Payer::Durable : Payer::Shared;
  terms.nodes = source->nodes();
  return terms;
}

void Limiter::State::fetch(const std::shared_ptr<Block>& block, const LimitPtr& limit,
                           std::int64_t cost, MonotonicTime now, WallTime wall) {
  std::optional<BlockRequest> request = block->plan_fetch(terms(limit, now, wall), cost);
  if (!request) return;
  BlockSource& source = *source_of(*limit);
  // Not sent to this worker first: others wait for the units too, and it may end before they come.
  source.take(*request, [block, asked = *request, &source](const Result<BlockGrant>& grant) {
    block->granted(asked, grant);
    // Who fails may be gone: refunds then wait for the next to ask.
    if (grant) {
      for (const BlockRefund& refund : block->take_refunds()) {
        source.give_back(*refund.limit, refund.subject, refund.period, refund.units);
      }
    }
    for (const std::shared_ptr<BlockListener>& listener : block->take_listeners()) {
      listener->on_units(block->key());
    }
  });
}

}  // namespace apiforge::quota
