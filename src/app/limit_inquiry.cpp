#include "app/limit_inquiry.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <utility>

namespace apiforge::app {
namespace {

constexpr std::chrono::seconds kPatience{2};
/// A worker that does not even hear that nobody waits any more is going away.
constexpr std::chrono::seconds kGrace{1};

quota::Subject subject_of(const admin::LimitQuestion& question) {
  return {.tenant = question.tenant,
          .user = question.user,
          .key = question.key,
          .client = question.client,
          .api = question.api,
          .version = question.version,
          .method = question.method,
          .path = question.path};
}

quota::Costs costs_of(const admin::LimitQuestion& question) {
  return {.requests = question.cost,
          .weight = question.cost,
          .tokens = question.tokens,
          .usd = question.usd};
}

/// Of a question that took nothing, what it asked for is there too.
admin::LimitAnswer answer_of(const quota::Verdict& verdict, const admin::LimitQuestion& question) {
  admin::LimitAnswer answer{.allowed = verdict.ruling == quota::Ruling::Admitted,
                            .remaining = verdict.remaining,
                            .reset_after = verdict.reset_after,
                            .retry_after = verdict.retry_after};
  if (verdict.limit == nullptr) return answer;
  answer.policy = verdict.limit->config->name;
  answer.unit = verdict.limit->config->limit.unit;
  if (answer.allowed && !question.consume) answer.remaining += costs_of(question).of(answer.unit);
  answer.limit = verdict.limit->whole;
  return answer;
}

/// Whether the units of the limit are paid by the call that asks for them, and cannot go back.
bool is_paid_when_asked(const quota::CompiledLimit& limit) {
  return limit.config->strict && !limit.config->limit.period;
}

/// Everything but the constructor and `answer` belongs to the worker's thread.
class Inquiry final : private quota::LimitWaiter, public std::enable_shared_from_this<Inquiry> {
 public:
  Inquiry(LimiterHome home, admin::LimitQuestion question)
      : home_(std::move(home)), question_(std::move(question)) {}

  std::future<Result<admin::LimitAnswer>> answer() { return promise_.get_future(); }

  void decide(bool has_waited) {
    quota::Limiter& limiter = home_.limiter;
    net::EventLoop& loop = home_.loop;
    const quota::Subject subject = subject_of(question_);
    const quota::Costs costs = costs_of(question_);
    const MonotonicTime now = loop.now();
    quota::Verdict verdict;
    if (!question_.consume && !has_waited) {
      verdict = limiter.look(subject, costs, now, loop.recent_wall());
    }
    if (question_.consume || has_waited || verdict.ruling == quota::Ruling::Wait) {
      quota::Holding holding;
      verdict = limiter.admit(subject, costs, now, loop.recent_wall(), holding, has_waited);
      if (question_.consume)
        holding.settle(costs);
      else
        holding.release();
    }
    if (verdict.ruling == quota::Ruling::Wait && !question_.consume &&
        is_paid_when_asked(*verdict.limit)) {
      verdict.ruling = quota::Ruling::Admitted;
    }
    if (verdict.ruling == quota::Ruling::Wait &&
        limiter.enqueue(verdict, subject, now, now + kPatience, *this)) {
      waits_ = shared_from_this();
      home_.set_turn_clock();
      return;
    }
    tell(verdict);
  }

  void give_up() {
    if (!waits_) return;
    home_.limiter.leave(*this);
    unavailable();
  }

 private:
  void on_turn() override {
    const auto self = std::exchange(waits_, nullptr);
    decide(true);
  }

  void tell(const quota::Verdict& verdict) {
    if (verdict.ruling == quota::Ruling::Wait || verdict.ruling == quota::Ruling::Unavailable) {
      unavailable();
    } else {
      promise_.set_value(answer_of(verdict, question_));
    }
  }

  void unavailable() {
    const auto self = std::exchange(waits_, nullptr);
    promise_.set_value(fail(ErrorCode::QuotaUnavailable, "the counter cannot be asked now"));
  }

  const LimiterHome home_;
  const admin::LimitQuestion question_;
  std::promise<Result<admin::LimitAnswer>> promise_;
  std::shared_ptr<Inquiry> waits_;  ///< itself, while the limiter knows it
};

}  // namespace

Result<admin::LimitAnswer> ask_limiter(Worker& worker, const admin::LimitQuestion& question) {
  return ask_limiter(LimiterHome{.loop = worker.loop(),
                                 .limiter = worker.limiter(),
                                 .set_turn_clock = [&worker] { worker.set_turn_clock(); }},
                     question);
}

Result<admin::LimitAnswer> ask_limiter(LimiterHome home, const admin::LimitQuestion& question) {
  net::EventLoop& loop = home.loop;
  const auto inquiry = std::make_shared<Inquiry>(std::move(home), question);
  auto answer = inquiry->answer();
  loop.post([inquiry] { inquiry->decide(false); });
  if (answer.wait_for(kPatience) != std::future_status::ready) {
    loop.post([inquiry] { inquiry->give_up(); });
    if (answer.wait_for(kGrace) != std::future_status::ready) {
      return fail(ErrorCode::QuotaUnavailable, "the gateway is about to stop");
    }
  }
  return answer.get();
}

}  // namespace apiforge::app
