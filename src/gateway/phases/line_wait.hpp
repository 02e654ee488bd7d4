// LineWait: the waits of a call in the line of a limit, one after the other: each is entered and
// awaited. Part of `admit`. Lives in the frame of the coroutine that awaits it, on the call's
// worker; its place in the line is given up with it.
#pragma once
#include <coroutine>
#include <cstdint>
#include <optional>

#include "gateway/admission.hpp"
#include "gateway/worker_context.hpp"
#include "net/timer_wheel.hpp"
#include "quota/limiter.hpp"

namespace apiforge::gateway::phases {

class LineWait final : public quota::LimitWaiter, public TurnWait, private net::Timer::Owner {
 public:
  enum class End : std::uint8_t { Turn, TooLate, Cancelled };

  explicit LineWait(WorkerContext& worker);
  ~LineWait();
  LineWait(const LineWait&) = delete;
  LineWait& operator=(const LineWait&) = delete;

  /// Begins to wait; again after a turn that was no use, which keeps the place. False: there is no
  /// room in the line, or the turn would come too late.
  bool enter(const quota::Verdict& verdict, const quota::Subject& subject, MonotonicTime deadline);

  bool await_ready() const { return end_.has_value(); }
  void await_suspend(std::coroutine_handle<> waiter);
  End await_resume() const { return *end_; }

  void cancel() override;

 private:
  void on_turn() override;
  void on_deadline(net::Timer& timer) override;
  void finish(End end);

  WorkerContext& worker_;
  net::Timer timer_;
  MonotonicTime deadline_{};
  std::coroutine_handle<> waiter_;
  std::optional<End> end_;
};

}  // namespace apiforge::gateway::phases
