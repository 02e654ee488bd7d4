#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

/// Two attempts at the same time, and who waits for them. Shared by all three: the slower attempt
/// ends after the call has gone on.
class Race final : private net::Timer::Owner {
 public:
  struct Side {
    AttemptResult result;
    bool started = false;
    bool done = false;

    /// Answered, so that there is nothing better to wait for.
    bool is_good() const {
      return done && result.reply && result.reply->status < 500 && !result.sync_clock;
    }
    bool is_under_way() const { return started && !done; }
  };

  explicit Race(net::EventLoop& loop) : timer_(loop.timers(), *this) {}
  Side first;
  Side second;
  bool is_late = false;  ///< the first attempt has had its time

  void set_alarm(MonotonicTime time) { timer_.set(time); }
  void clear_alarm() { timer_.clear(); }
  void wake() {
    if (waiter_) {
      std::exchange(waiter_, nullptr).resume();
    } else {
      woken_ = true;
    }
  }
  /// Waits until something has changed.
  auto changed() {
    struct Awaiter {
      Race& race;
      bool await_ready() const { return std::exchange(race.woken_, false); }
      void await_suspend(std::coroutine_handle<> waiter) const { race.waiter_ = waiter; }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

 private:
  void on_deadline(net::Timer&) override {
    is_late = true;
    wake();
  }
  net::Timer timer_;
  std::coroutine_handle<> waiter_ = nullptr;
  bool woken_ = false;
};

net::Task<void> run_side(std::shared_ptr<Race> race, Race::Side& side, Call& call,
                         WorkerContext& worker, Attempt& attempt) {
  side.result = co_await run_attempt(call, worker, attempt);
  side.done = true;
  race->wake();
}

void start_second(Call& call, WorkerContext& worker, const std::shared_ptr<Race>& race) {
  ApiRuntime& api = *call.api;
  if (!policy::has_untried(api.loads, call.tried) || !api.hedge_budget.try_spend()) return;
  if (!call.second) call.second = std::make_unique<Attempt>();
  call.second->recycle();
  ++call.hedges;
  race->second.started = true;
  call.second_task.start(run_side(race, race->second, call, worker, *call.second));
}

/// The side that counts: a good one; else one with a reply; else the first. The other is cancelled.
Race::Side& settle(Call& call, Race& race) {
  const bool second_counts =
      race.second.done && !race.first.is_good() &&
      (race.second.is_good() || (race.second.result.reply && !race.first.result.reply));
  if (!second_counts) {
    if (call.second) call.second->cancel();
    return race.first;
  }
  call.first.cancel();
  call.answer = call.second.get();
  return race.second;
}

}  // namespace

net::Task<AttemptResult> run_hedged(Call& call, WorkerContext& worker) {
  const auto race = std::make_shared<Race>(worker.loop);
  call.api->hedge_budget.on_call();
  race->first.started = true;
  race->set_alarm(worker.loop.recent() + call.config().config.upstream.hedge->after);
  call.first_task.start(run_side(race, race->first, call, worker, call.first));
  while (!race->first.is_good() && !race->second.is_good()) {
    const bool waiting = race->first.is_under_way() || race->second.is_under_way();
    if (!waiting) break;
    if (std::exchange(race->is_late, false) && !call.caller_gone()) {
      start_second(call, worker, race);
      if (race->second.is_good()) break;
    }
    co_await race->changed();
  }
  race->clear_alarm();
  co_return settle(call, *race).result;
}

net::Task<void> join_attempts(Call& call) {
  co_await call.first_task.join();
  co_await call.second_task.join();
}

}  // namespace apiforge::gateway::phases
