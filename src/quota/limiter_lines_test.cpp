#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quota/limit_fixture.hpp"

namespace apiforge::quota {
namespace {

using testing::ElementsAre;

class QueueTest : public LimiterTest {
 protected:
  /// A call that waits in line and asks again at once when it is told, as a coroutine would.
  class Call final : public LimitWaiter {
   public:
    Call(QueueTest& test, std::string name, Subject subject)
        : test_(test), name_(std::move(name)), subject_(subject) {}
    bool start(std::chrono::nanoseconds patience = seconds(60)) {
      deadline_ = test_.clock_.now() + patience;
      return ask(false);
    }
    void on_turn() override {
      ++turns;
      ask(true);
    }
    void end() { holding_.settle({}); }
    Ruling ruling = Ruling::Refused;
    int turns = 0;

   private:
    bool ask(bool queued) {
      const Verdict verdict = test_.admit(subject_, holding_, {}, queued);
      ruling = verdict.ruling;
      if (ruling == Ruling::Admitted) test_.order_.push_back(name_);
      if (ruling != Ruling::Queue) return ruling == Ruling::Admitted;
      const bool waits =
          test_.limiter_->enqueue(verdict, subject_, test_.clock_.now(), deadline_, *this);
      if (!waits) ruling = Ruling::Refused;
      return waits;
    }
    QueueTest& test_;
    std::string name_;
    Subject subject_;
    MonotonicTime deadline_{};
    Holding holding_;
  };

  static model::Quota queued(model::Quota quota, std::uint32_t most = 100,
                             milliseconds longest = seconds(10)) {
    quota.on_exceed = model::OnExceed::Queue;
    quota.queue = {.max_waiting = most, .max_wait = longest};
    return quota;
  }
  Call& call_of(const std::string& name,
                model::PriorityClass priority = model::PriorityClass::Data) {
    Subject subject = caller("k", 7);
    subject.priority = priority;
    return *calls_.emplace_back(std::make_unique<Call>(*this, name, subject));
  }

  std::vector<std::string> order_;
  std::vector<std::unique_ptr<Call>> calls_;
};

TEST_F(QueueTest, calls_go_on_in_their_order_at_the_rate) {
  given({queued(rate_quota("r", 1, milliseconds(100)))});
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(call_of(name).start());
  EXPECT_THAT(order_, ElementsAre("a"));
  tick(milliseconds(60));
  EXPECT_THAT(order_, ElementsAre("a"));
  tick(milliseconds(60));
  EXPECT_THAT(order_, ElementsAre("a", "b"));
  tick(milliseconds(100));
  EXPECT_THAT(order_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(counts().queued, 2U);
  EXPECT_EQ(counts().admitted, 3U);
}

TEST_F(QueueTest, the_more_urgent_go_first) {
  given({queued(running_quota("n", 1))});
  Call& first = call_of("first");
  first.start();
  call_of("batch", model::PriorityClass::Batch).start();
  call_of("data").start();
  call_of("cancel", model::PriorityClass::Cancel).start();
  for (int i = 0; i < 3; ++i) {
    for (const auto& call : calls_) {
      if (call->ruling == Ruling::Admitted) call->end();
    }
    run_posted();
  }
  EXPECT_THAT(order_, ElementsAre("first", "cancel", "data", "batch"));
}

TEST_F(QueueTest, nobody_overtakes_those_that_wait) {
  given({queued(rate_quota("r", 1, milliseconds(100)))});
  call_of("a").start();
  call_of("b").start();
  clock_.advance(milliseconds(100));
  call_of("late").start();
  EXPECT_THAT(order_, ElementsAre("a"));
  tick(milliseconds(1));
  EXPECT_THAT(order_, ElementsAre("a", "b"));
}

TEST_F(QueueTest, refuses_at_once_when_the_line_is_full) {
  given({queued(running_quota("n", 1), 2)});
  EXPECT_TRUE(call_of("a").start());
  EXPECT_TRUE(call_of("b").start());
  EXPECT_TRUE(call_of("c").start());
  EXPECT_FALSE(call_of("d").start());
}

TEST_F(QueueTest, refuses_at_once_when_the_turn_would_come_too_late) {
  given({queued(rate_quota("r", 1, milliseconds(100)), 100, milliseconds(250))});
  EXPECT_TRUE(call_of("a").start());
  EXPECT_FALSE(call_of("in a hurry").start(milliseconds(50)));
  EXPECT_TRUE(call_of("b").start());
  EXPECT_TRUE(call_of("c").start());
  EXPECT_FALSE(call_of("d").start()) << "its turn would be after max_wait";
}

TEST_F(QueueTest, a_call_whose_time_is_over_is_told_and_refused) {
  given({queued(running_quota("n", 1), 100, milliseconds(100))});
  call_of("a").start();
  Call& waiting = call_of("b");
  EXPECT_TRUE(waiting.start());
  EXPECT_LE(limiter_->next_turn(), clock_.now() + milliseconds(100));
  tick(milliseconds(101));
  EXPECT_EQ(waiting.ruling, Ruling::Refused);
}

TEST_F(QueueTest, who_leaves_is_not_told) {
  given({queued(running_quota("n", 1))});
  Call& first = call_of("a");
  first.start();
  Call& gone = call_of("gone");
  gone.start();
  call_of("b").start();
  limiter_->leave(gone);
  first.end();
  run_posted();
  EXPECT_THAT(order_, ElementsAre("a", "b"));
}

TEST_F(QueueTest, the_same_book_again_tells_nobody) {
  // Each change of the configuration had all that waited ask anew, though no limit had changed.
  given({queued(running_quota("n", 1))});
  call_of("a").start();
  Call& waiting = call_of("b");
  EXPECT_TRUE(waiting.start());
  limiter_->use(book_);
  EXPECT_EQ(waiting.turns, 0);
}

TEST_F(QueueTest, a_new_book_lets_all_ask_anew) {
  given({queued(running_quota("n", 1))});
  for (const char* name : {"a", "b", "c"}) call_of(name).start();
  EXPECT_THAT(order_, ElementsAre("a"));
  given({queued(running_quota("n", 3))});
  EXPECT_EQ(order_.size(), 3U);
}

}  // namespace
}  // namespace apiforge::quota
