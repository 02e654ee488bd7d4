#include <algorithm>
#include <utility>

#include "quota/block_size.hpp"
#include "quota/block_table.hpp"
#include "quota/calendar.hpp"

namespace apiforge::quota {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kAskAgain = std::chrono::milliseconds(100);
/// A source that did not answer is asked again soon: until then the node's share is used beside
/// what other nodes may still get from it. The pause doubles with each time it does not answer.
constexpr nanoseconds kFirstPause = std::chrono::milliseconds(100);
constexpr nanoseconds kLongestPause = std::chrono::seconds(1);
constexpr nanoseconds kKeptWhileAway = std::chrono::minutes(10);
/// How far the calendar may go back, as NTP moves it, without another period having begun.
constexpr nanoseconds kClockStep = std::chrono::seconds(5);

}  // namespace

BlockAnswer Block::ask(const BlockTerms& terms, const BlockDemand& demand) {
  const std::lock_guard lock(lock_);
  if (retired_) return {.ruling = BlockRuling::Retired};
  refresh(terms);
  BlockAnswer answer = decide(terms, demand);
  answer.from.period = period_;
  if (demand.take && answer.ruling == BlockRuling::Admitted) take(terms, demand, answer);
  const bool may_ask = payer_ != Payer::Memory && fetching_ == 0 && retry_at_ <= terms.now;
  // A strict limit asks for each call; while its source is away, only to find out that it is back.
  answer.low = may_ask &&
               (away_ || (!limit_->config->strict && left_ - waited_for_ < (last_units_ + 1) / 2));
  answer.refunds = !refunds_.empty();
  return answer;
}

void Block::refresh(const BlockTerms& terms) {
  touched_at_ = terms.now;
  payer_ = terms.payer;
  // A worker that has not heard of the newest book yet asks under the newest terms all the same.
  const LimitPtr& limit = *terms.limit;
  if (limit_ == nullptr || (limit_ != limit && limit_->revision <= limit->revision)) adopt(limit);
  const model::Quota& quota = *limit_->config;
  if (quota.limit.period && (terms.wall >= period_end_ || terms.wall < period_ - kClockStep)) {
    begin_period(quota, terms.wall);
  }
  if (valid_until_ <= terms.now && left_ > 0) left_ = 0;
  if (away_ && !share_ && terms.nodes > 0) make_share(terms.nodes, terms.now);
}

/// What was used of a quota stays used when its amount is changed.
void Block::adopt(const LimitPtr& limit) {
  const LimitPtr before = std::exchange(limit_, limit);
  if (before == nullptr || before->config->limit == limit->config->limit) return;
  if (payer_ == Payer::Memory) {
    left_ += limit->config->limit.amount - before->config->limit.amount;
    return;
  }
  if (left_ > 0) refund(std::exchange(left_, 0), period_);
  left_behind_ = -1;
  retry_at_ = {};
  share_.reset();
}

void Block::begin_period(const model::Quota& quota, WallTime wall) {
  period_ = period_start(wall, *quota.limit.period);
  period_end_ = period_end(wall, *quota.limit.period);
  left_ = payer_ == Payer::Memory ? quota.limit.amount : 0;
  taken_ = 0;
  left_behind_ = -1;
  retry_at_ = {};
  valid_until_ = MonotonicTime::max();
}

void Block::refund(std::int64_t units, WallTime period) {
  refunds_.push_back({limit_, subject_, period, units});
}

/// Of the whole limit, as far as this node knows; nothing of it is promised.
std::int64_t Block::known_left() const {
  const std::int64_t amount = limit_->config->limit.amount;
  if (payer_ != Payer::Durable) return std::max<std::int64_t>(left_, 0);
  const std::int64_t behind = left_behind_ >= 0 ? left_behind_ : amount - taken_;
  return std::clamp<std::int64_t>(behind + left_, 0, amount);
}

BlockAnswer Block::decide(const BlockTerms& terms, const BlockDemand& demand) const {
  const model::Quota& quota = *limit_->config;
  BlockAnswer answer;
  if (quota.limit.period) {
    answer.reset_after = std::max(period_end_ - terms.wall, nanoseconds(0));
  } else {
    answer.reset_after = limit_->rate ? limit_->rate->per() : nanoseconds(0);
  }
  answer.never = demand.cost > limit_->whole - demand.kept;
  if (answer.never) return answer;
  const std::int64_t need = std::max<std::int64_t>(demand.cost, demand.settles ? 1 : 0);
  answer.remaining = known_left();
  const std::int64_t promised = demand.queued ? 0 : waited_for_;
  const bool strict = quota.strict && payer_ != Payer::Memory;
  const bool reserved =
      demand.kept > 0 && payer_ != Payer::Shared && answer.remaining - need < demand.kept;
  if (need == 0 || (!reserved && left_ - promised >= need && (!strict || demand.queued))) {
    answer.ruling = BlockRuling::Admitted;
    answer.returnable = true;
    answer.remaining -= std::min(answer.remaining, demand.cost);
    return answer;
  }
  if (payer_ == Payer::Memory || (reserved && left_ >= need)) {
    answer.retry_after = std::max(answer.reset_after, nanoseconds(1));
    return answer;
  }
  if (away_) return without_store(terms, demand, answer);
  if (left_ - promised < need && asks_in_vain(need, terms.now)) {
    answer.retry_after = retry_at_ - terms.now;
    return answer;
  }
  answer.ruling = BlockRuling::Wait;
  return answer;
}

/// Where all or none is asked for, there may be enough for less than what was refused.
bool Block::asks_in_vain(std::int64_t cost, MonotonicTime now) const {
  return retry_at_ > now && (away_ || std::max<std::int64_t>(cost, 1) >= retry_units_);
}

/// A durable quota whose rest is known may run into debt; else units come at the rate of a share.
bool Block::shares_by_rate() const {
  return payer_ == Payer::Shared || (left_behind_ < 0 && taken_ == 0);
}

BlockAnswer Block::without_store(const BlockTerms& terms, const BlockDemand& demand,
                                 BlockAnswer answer) const {
  answer.retry_after = std::max(retry_at_ - terms.now, nanoseconds(std::chrono::seconds(1)));
  // Who only settles takes nothing now; something has to be left all the same.
  const std::int64_t need = std::max<std::int64_t>(demand.cost, demand.settles ? 1 : 0);
  switch (limit_->config->on_store_error) {
    case model::OnStoreError::Allow:
      answer.ruling = BlockRuling::Admitted;
      return answer;
    case model::OnStoreError::Deny:
      answer.ruling = BlockRuling::Unavailable;
      return answer;
    case model::OnStoreError::LocalShare:
      break;
  }
  if (!shares_by_rate()) {
    const std::int64_t behind =
        left_behind_ >= 0 ? left_behind_ : limit_->config->limit.amount - taken_;
    if (terms.nodes == 0) return answer;
    const std::int64_t share = std::max<std::int64_t>(behind, 0) / terms.nodes;
    if (need - left_ > share) return answer;
    answer.ruling = BlockRuling::Admitted;
    answer.returnable = true;
    return answer;
  }
  if (!share_) return answer;
  const policy::RateVerdict verdict = share_->decide(share_counter_, terms.now, need, 0);
  answer.remaining = verdict.remaining;
  if (!verdict.allowed) {
    if (!verdict.never) answer.retry_after = verdict.retry_after;
    return answer;
  }
  answer.ruling = BlockRuling::Admitted;
  answer.returnable = true;
  answer.from.share = share_number_;
  return answer;
}

void Block::take(const BlockTerms& terms, const BlockDemand& demand, const BlockAnswer& answer) {
  if (!answer.returnable) return;
  const bool of_share = answer.from.share != 0;
  if (of_share) {
    share_counter_ = share_->decide(share_counter_, terms.now, demand.cost, 0).next;
  }
  // What a share admits of a durable quota is paid when the database is back.
  if (!of_share || payer_ == Payer::Durable) left_ -= demand.cost;
}

/// This node's share of the rate, with nothing in it yet: so all shares together stay below it. A
/// node that does not know how many there are has none.
void Block::make_share(std::uint32_t nodes, MonotonicTime now) {
  const model::Quota& quota = *limit_->config;
  const nanoseconds per = limit_->rate ? limit_->rate->per() : period_end_ - period_;
  const std::int64_t whole =
      limit_->rate ? limit_->rate->limit() : plan_block(quota.limit, 1).block;
  const std::int64_t burst = std::max<std::int64_t>(whole / nodes, 1);
  share_.emplace(model::LimitAlgorithm::Gcra, quota.limit.amount, per * nodes, burst);
  if (++share_number_ == 0) ++share_number_;
  share_counter_ = share_->decide(0, now, share_->limit(), 0).next;
}

std::optional<BlockRequest> Block::plan_fetch(const BlockTerms& terms, std::int64_t cost) {
  const std::lock_guard lock(lock_);
  if (retired_) return std::nullopt;
  refresh(terms);
  const bool strict = limit_->config->strict;
  if (payer_ == Payer::Memory || asks_in_vain(cost, terms.now)) return std::nullopt;
  // A strict limit is asked once for each call that waits, the others once at a time.
  const bool enough = strict ? left_ + fetching_units_ >= waited_for_ : fetching_ > 0;
  if (enough && !(strict && away_ && fetching_ == 0)) return std::nullopt;
  BlockRequest request{.limit = limit_, .subject = subject_, .period_start = period_};
  if (strict) {
    request.units = std::max<std::int64_t>(cost, 1);
    request.exactly = true;
  } else {
    const std::int64_t debt = std::max<std::int64_t>(-left_, 0);
    const std::int64_t needed = std::max(cost, waited_for_) + debt;
    request.units = std::clamp<std::int64_t>(needed, 1, limit_->whole);
  }
  ++fetching_;
  fetching_units_ += request.units;
  return request;
}

void Block::granted(const BlockRequest& request, const Result<BlockGrant>& grant) {
  const std::lock_guard lock(lock_);
  // The thread that brings the answer has no clock: the last call under the limit was a moment ago.
  const MonotonicTime now = touched_at_;
  if (fetching_ > 0) --fetching_;
  fetching_units_ -= request.units;
  if (!grant) {
    away_ = true;  // The share is made by who asks next, and knows how many nodes there are.
    pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
    retry_at_ = now + pause_;
    return;
  }
  if (std::exchange(away_, false)) retry_at_ = {};
  pause_ = {};
  share_.reset();
  if (retired_ || request.period_start != period_) {
    if (grant->units > 0) refund(grant->units, request.period_start);
    return;
  }
  // What is left of a lease that ended meanwhile does not become part of the next one.
  if (valid_until_ <= std::max(now, grant->answered_at) && left_ > 0) left_ = 0;
  put(grant->units);
  last_units_ = grant->units;
  taken_ += grant->units;
  left_behind_ = grant->left_behind;
  if (grant->units > 0) {
    valid_until_ = grant->valid_until;
    return;
  }
  const std::int64_t refused = request.exactly ? request.units : 1;
  if (retry_at_ > now && refused > retry_units_) return;  // that is known of fewer
  retry_units_ = refused;
  retry_at_ = now + std::max(grant->retry_after, kAskAgain);
}

/// A shared rate never has more than its limit, however long ago the units were leased.
void Block::put(std::int64_t units) {
  left_ += units;
  if (payer_ == Payer::Shared && limit_->rate) left_ = std::min(left_, limit_->rate->limit());
}

void Block::give_back(std::int64_t units, const UnitsFrom& from, MonotonicTime now) {
  const std::lock_guard lock(lock_);
  if (limit_ == nullptr) return;
  if (from.share != 0) {
    if (is_share(from)) share_counter_ = share_->give_back(share_counter_, now, units);
    if (payer_ != Payer::Durable) return;
  }
  if (retired_ || from.period != period_) {
    if (payer_ != Payer::Memory) refund(units, from.period);
    return;
  }
  put(units);
}

bool Block::charge(std::int64_t units, const UnitsFrom& from, const BlockTerms& terms) {
  const std::lock_guard lock(lock_);
  if (retired_) return false;
  refresh(terms);
  if (is_share(from)) {
    share_counter_ = share_->charge(share_counter_, terms.now, units);
    if (payer_ != Payer::Durable) return true;
  }
  const std::int64_t lowest = -limit_->config->limit.amount;
  left_ = left_ <= lowest + units ? lowest : left_ - units;
  return true;
}

void Block::wait_for(std::int64_t cost, const std::shared_ptr<BlockListener>& listener) {
  const std::lock_guard lock(lock_);
  waited_for_ += cost;
  if (std::ranges::find(listeners_, listener) == listeners_.end()) listeners_.push_back(listener);
}

void Block::stop_waiting(std::int64_t cost) {
  const std::lock_guard lock(lock_);
  waited_for_ = std::max<std::int64_t>(waited_for_ - cost, 0);
}

bool Block::is_fetching() const {
  const std::lock_guard lock(lock_);
  return fetching_ > 0;
}

std::vector<std::shared_ptr<BlockListener>> Block::take_listeners() {
  const std::lock_guard lock(lock_);
  return std::exchange(listeners_, {});
}

std::vector<BlockRefund> Block::take_refunds() {
  const std::lock_guard lock(lock_);
  return std::exchange(refunds_, {});
}

Payer Block::payer() const {
  const std::lock_guard lock(lock_);
  return payer_;
}

bool Block::may_be_forgotten(MonotonicTime now, WallTime wall) const {
  // One that was never asked knows nothing, but it is about to be.
  if (limit_ == nullptr || fetching_ > 0 || waited_for_ > 0) return false;
  // While the source is away, it has not heard of all that was used.
  const bool alone = payer_ == Payer::Memory || (away_ && now - touched_at_ < kKeptWhileAway);
  if (left_ >= 0 && !alone) return true;
  // What is owed of a rate has come back by itself after `per`.
  return limit_->config->limit.period ? wall >= period_end_
                                      : !limit_->rate || now - touched_at_ >= limit_->rate->per();
}

std::optional<MonotonicTime> Block::idle_since(MonotonicTime now, WallTime wall) const {
  const std::lock_guard lock(lock_);
  return may_be_forgotten(now, wall) ? std::optional(touched_at_) : std::nullopt;
}

bool Block::retire_idle(MonotonicTime idle_at, MonotonicTime now, WallTime wall) {
  const std::lock_guard lock(lock_);
  if (touched_at_ > idle_at || !may_be_forgotten(now, wall)) return false;
  retire();
  return true;
}

void Block::retire_anyway() {
  const std::lock_guard lock(lock_);
  retire();
}

void Block::retire() {
  if (left_ > 0 && payer_ != Payer::Memory) refund(left_, period_);
  left_ = 0;
  retired_ = true;
}

}  // namespace apiforge::quota
