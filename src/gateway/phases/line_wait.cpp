#include "gateway/phases/line_wait.hpp"

namespace apiforge::gateway::phases {

LineWait::LineWait(WorkerContext& worker) : worker_(worker), timer_(worker.loop.timers(), *this) {}

// After its turn too: the limiter remembers whom it told.
LineWait::~LineWait() {
  worker_.limiter.leave(*this);
}

bool LineWait::enter(const quota::Verdict& verdict, const quota::Subject& subject,
                     MonotonicTime deadline) {
  deadline_ = deadline;
  waiter_ = nullptr;
  end_.reset();
  const MonotonicTime now = worker_.loop.recent();
  const bool entered = worker_.limiter.enqueue(verdict, subject, now, deadline_, *this);
  if (entered) worker_.turns.set();
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
  if (end != End::Turn) worker_.limiter.leave(*this);
  if (waiter_) worker_.loop.post([waiter = waiter_] { waiter.resume(); });
}

}  // namespace apiforge::gateway::phases
