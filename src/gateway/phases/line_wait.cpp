#include "gateway/phases/line_wait.hpp"

#include <utility>

namespace apiforge::gateway::phases {

LineWait::LineWait(WorkerContext& worker, MonotonicTime deadline)
    : worker_(worker), timer_(worker.loop.timers(), *this), deadline_(deadline) {}

LineWait::~LineWait() {
  leave();
}

bool LineWait::enter(const quota::Verdict& verdict, const quota::Subject& subject) {
  const MonotonicTime now = worker_.loop.recent();
  const bool entered = worker_.limiter.enqueue(verdict, subject, now, deadline_, *this);
  in_line_ = entered && !end_;
  if (in_line_) worker_.turns.set();
  return entered;
}

void LineWait::await_suspend(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  timer_.set(deadline_);
}

void LineWait::cancel() {
  finish(End::Cancelled);
}

void LineWait::on_turn() {
  in_line_ = false;
  finish(End::Turn);
}

void LineWait::on_deadline(net::Timer&) {
  finish(End::TooLate);
}

// Never resumes at once: the coroutine must not change the line while somebody walks along it.
void LineWait::finish(End end) {
  if (end_) return;
  end_ = end;
  timer_.clear();
  leave();
  if (waiter_) worker_.loop.post([waiter = waiter_] { waiter.resume(); });
}

void LineWait::leave() {
  if (std::exchange(in_line_, false)) worker_.limiter.leave(*this);
}

}  // namespace apiforge::gateway::phases
