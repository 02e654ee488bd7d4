// What tests of units that are paid in advance share: a source that is asked, and calls that wait
// for its answers. One thread.
#pragma once
#include "quota/limit_fixture.hpp"

namespace apiforge::quota {

class TurnCounter final : public LimitWaiter {
 public:
  void on_turn() override { ++turns; }
  int turns = 0;
};

class PrepaidTest : public LimiterTest {
 protected:
  /// Waits as the gateway does, and asks again when told.
  Ruling admit_and_wait(const Subject& subject, Holding& holding, const Costs& costs = {}) {
    Verdict verdict = admit(subject, holding, costs);
    for (int i = 0; i < 5 && verdict.ruling == Ruling::Wait; ++i) {
      TurnCounter waiter;
      if (!limiter_->enqueue(verdict, subject, clock_.now(), clock_.now() + seconds(1), waiter)) {
        return Ruling::Wait;
      }
      while (waiter.turns == 0) {
        source().answer();
        run_posted();
        if (waiter.turns == 0) tick();
      }
      verdict = admit(subject, holding, costs, true);
    }
    return verdict.ruling;
  }
  Ruling call_and_wait(const Subject& subject, const Costs& costs = {}) {
    Holding holding;
    const Ruling ruling = admit_and_wait(subject, holding, costs);
    holding.settle(costs);
    return ruling;
  }
  int admitted_waiting(int calls, const Subject& subject, const Costs& costs = {}) {
    int admitted = 0;
    for (int i = 0; i < calls; ++i) {
      admitted += call_and_wait(subject, costs) == Ruling::Admitted ? 1 : 0;
    }
    return admitted;
  }
  FakeSource& source() { return durable_ != nullptr ? *durable_ : *shared_; }

  FakeSource store_{100};
};

}  // namespace apiforge::quota
