#include "policy/retry.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace apiforge::policy {
namespace {

constexpr std::chrono::nanoseconds kMaxBackoff = std::chrono::milliseconds(250);
constexpr int kFirstStatus = 500;
constexpr int kLastStatus = 599;

/// Whether sending the request again can do no harm and is possible at all.
bool is_repeatable(const Attempt& attempt) {
  return !attempt.reached_caller && attempt.body_replayable &&
         (attempt.idempotent || !attempt.sent_upstream);
}

/// An upstream may close an idle connection at any time, also while a request is on its way to it.
bool was_stale(const Attempt& attempt) {
  return attempt.outcome == AttemptOutcome::LostBeforeReply && attempt.reused_connection;
}

/// Whether upstreams see more than one request of this call when it is repeated.
bool adds_load(const Attempt& attempt) {
  return attempt.outcome != AttemptOutcome::ConnectFailed || attempt.sent_upstream ||
         !attempt.elsewhere;
}

}  // namespace

RetryBudget::RetryBudget(const Config& config)
    : config_(config),
      slot_width_(std::max(config.window / std::int64_t{kSlots}, std::chrono::nanoseconds(1))) {}

void RetryBudget::advance(MonotonicTime now) {
  const std::int64_t slot = now.time_since_epoch() / slot_width_;
  if (slot <= newest_) return;
  const auto passed = std::min<std::int64_t>(slot - newest_, kSlots);
  for (std::int64_t i = 0; i < passed; ++i) {
    Slot& oldest = slots_[static_cast<std::size_t>(slot - i) % kSlots];
    calls_ -= oldest.calls;
    retries_ -= oldest.retries;
    oldest = Slot{};
  }
  newest_ = slot;
}

void RetryBudget::on_call(MonotonicTime now) {
  advance(now);
  ++slots_[static_cast<std::size_t>(newest_) % kSlots].calls;
  ++calls_;
}

bool RetryBudget::try_spend(MonotonicTime now) {
  advance(now);
  const std::uint64_t allowed =
      std::max(calls_ * config_.percent / 100, std::uint64_t{config_.minimum});
  if (retries_ >= allowed) return false;
  ++slots_[static_cast<std::size_t>(newest_) % kSlots].retries;
  ++retries_;
  return true;
}

Result<RetryRule> RetryRule::compile(const model::Retry& retry) {
  RetryRule rule;
  rule.attempts_ = retry.attempts;
  rule.backoff_ = std::max(retry.backoff, model::milliseconds{0});
  for (const auto& condition : retry.on) {
    if (condition == "connect") {
      rule.on_connect_ = true;
      continue;
    }
    const auto status = parse_unsigned(condition);
    if (!status || *status < kFirstStatus || *status > kLastStatus) {
      return fail(ErrorCode::InvalidConfiguration,
                  "`retry.on` has `" + condition + "`; allowed are `connect` and 500 to 599");
    }
    rule.on_status_.set(*status - kFirstStatus);
  }
  return rule;
}

RetryDecision RetryRule::decide(const Attempt& attempt, RetryBudget& budget, MonotonicTime now,
                                Random& random) const {
  if (!is_repeatable(attempt) || attempt.remaining <= std::chrono::nanoseconds(0)) return {};
  if (was_stale(attempt)) return {.retry = true, .stale_connection = true};
  if (attempt.number >= attempts_ || !covers(attempt)) return {};
  const auto backoff = draw_backoff(attempt.number, random);
  if (backoff >= attempt.remaining) return {};
  if (adds_load(attempt) && !budget.try_spend(now)) return {};
  return {.retry = true, .backoff = backoff};
}

bool RetryRule::covers(const Attempt& attempt) const {
  const auto covers_status = [this](int status) {
    return status >= kFirstStatus && status <= kLastStatus &&
           on_status_.test(static_cast<std::size_t>(status - kFirstStatus));
  };
  switch (attempt.outcome) {
    case AttemptOutcome::ConnectFailed:
    case AttemptOutcome::LostBeforeReply:
      return on_connect_;
    case AttemptOutcome::ReplyTimeout:
      return covers_status(504);
    case AttemptOutcome::Answered:
      return covers_status(attempt.status);
    case AttemptOutcome::LostDuringReply:
      break;
  }
  return false;
}

std::chrono::nanoseconds RetryRule::draw_backoff(std::uint32_t number, Random& random) const {
  // 2^20 times any backoff above a nanosecond is beyond the maximum.
  const auto doublings = std::min(number - 1, 20u);
  const auto bound = std::min(std::min(backoff_, kMaxBackoff) * (1 << doublings), kMaxBackoff);
  return std::chrono::nanoseconds(
      static_cast<std::int64_t>(random.unit() * static_cast<double>(bound.count())));
}

}  // namespace apiforge::policy
