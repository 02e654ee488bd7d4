#include <gtest/gtest.h>

#include "quota/limit_fixture.hpp"
#include "quota/shared_leases.hpp"
#include "shared_state/memory_counters.hpp"

namespace apiforge::quota {
namespace {

/// A store that is one to five milliseconds away.
class DistantCounters final : public shared_state::SharedCounters {
 public:
  explicit DistantCounters(const Clock& clock) : clock_(clock) {}

  void lease(const shared_state::SharedRate& rate, std::int64_t units, bool exactly,
             OnLease done) override {
    const MonotonicTime at = clock_.now() + milliseconds(1 + ++asked_ % 5);
    under_way_.push_back({at, [this, rate, units, exactly, done = std::move(done)]() mutable {
                            store_.lease(rate, units, exactly, std::move(done));
                          }});
  }
  bool reachable() const override { return true; }
  std::uint32_t nodes() const override { return 2; }
  /// Answers what has reached it.
  void answer() {
    for (Question& question : std::exchange(under_way_, {})) {
      if (question.at <= clock_.now()) {
        question.run();
      } else {
        under_way_.push_back(std::move(question));
      }
    }
  }

 private:
  struct Question {
    MonotonicTime at;
    std::move_only_function<void()> run;
  };
  const Clock& clock_;
  shared_state::MemoryCounters store_{clock_};
  std::vector<Question> under_way_;
  int asked_ = 0;
};

class UnitWaiter final : public LimitWaiter {
 public:
  void on_turn() override { was_told = true; }
  bool was_told = false;
};

/// A gateway with one worker, where at most one call at a time waits for units.
class SharingNode {
 public:
  SharingNode(const SimulatedClock& clock, DistantCounters& counters, const model::Quota& quota)
      : clock_(clock), leases_(counters, clock, [](auto work) { work(); }) {
    limiter_.use(book_of({quota}));
  }
  ~SharingNode() { limiter_.leave(waiter_); }
  SharingNode(const SharingNode&) = delete;
  SharingNode& operator=(const SharingNode&) = delete;

  /// How many of the calls were admitted.
  int call(int times) {
    int admitted = 0;
    while (!posted_.empty()) {
      auto work = std::move(posted_.front());
      posted_.pop_front();
      work();
    }
    const bool queued = std::exchange(waiter_.was_told, false);
    if (queued) is_waiting_ = false;
    for (int i = 0; i < times && !is_waiting_; ++i) {
      Holding holding;
      const Verdict verdict =
          limiter_.admit(who_, {}, clock_.now(), clock_.wall(), holding, queued && i == 0);
      holding.settle({});
      admitted += verdict.ruling == Ruling::Admitted ? 1 : 0;
      is_waiting_ =
          verdict.ruling == Ruling::Wait &&
          limiter_.enqueue(verdict, who_, clock_.now(), clock_.now() + seconds(1), waiter_);
    }
    limiter_.tend(clock_.now(), clock_.wall());
    return admitted;
  }

 private:
  const SimulatedClock& clock_;
  const Subject who_ = caller("k");
  LimitTable table_{{.callers_max = 1'000}};
  SharedLeases leases_;
  std::deque<std::move_only_function<void()>> posted_;
  UnitWaiter waiter_;
  bool is_waiting_ = false;
  Limiter limiter_{{.table = table_,
                    .shared = &leases_,
                    .post = [this](auto work) { posted_.push_back(std::move(work)); },
                    .now = [this] { return clock_.now(); }}};
};

class SharedWindowsTest : public testing::TestWithParam<bool> {
 protected:
  /// What two nodes admit in each second. In every other one they have some calls at its end only,
  /// so that they have a part of a lease then, and sometimes the next one under way.
  std::vector<int> admitted_in_windows(model::LimitAlgorithm algorithm) {
    model::Quota quota = rate_quota("windows", kAmount);
    quota.algorithm = algorithm;
    quota.strict = GetParam();
    SharingNode one(clock_, counters_, quota);
    SharingNode two(clock_, counters_, quota);
    std::vector<int> admitted;
    for (int window = 0; window < 16; ++window) {
      admitted.push_back(0);
      for (int i = 0; i < 1'000; ++i) {
        const int calls = window % 2 == 1 ? 3 : (i >= 998 - window / 2 ? 1 : 0);
        admitted.back() += one.call(calls) + two.call(calls);
        clock_.advance(milliseconds(1));
        counters_.answer();
      }
    }
    return admitted;
  }

  static constexpr int kAmount = 100;
  SimulatedClock clock_;
  DistantCounters counters_{clock_};
};

INSTANTIATE_TEST_SUITE_P(Strict, SharedWindowsTest, testing::Bool());

TEST_P(SharedWindowsTest, NodesTogetherAdmitTheAmountInEachFixedWindow) {
  // Shared windows were counted as gcra, and the rest of a lease went into the next window.
  const auto admitted = admitted_in_windows(model::LimitAlgorithm::FixedWindow);
  for (std::size_t window = 0; window < admitted.size(); ++window) {
    EXPECT_LE(admitted[window], kAmount) << window;
    if (window % 2 == 1) {
      EXPECT_GE(admitted[window], kAmount * 8 / 10) << window;
    }
  }
}

TEST_P(SharedWindowsTest, NodesTogetherAdmitTheAmountInEachSlidingWindow) {
  const auto admitted = admitted_in_windows(model::LimitAlgorithm::SlidingWindow);
  for (std::size_t window = 0; window < admitted.size(); ++window) {
    EXPECT_LE(admitted[window], kAmount) << window;
    if (window % 2 == 1) {
      EXPECT_GE(admitted[window], kAmount * 5 / 10) << window;
    }
  }
}

/// Answers when and what the test says.
class SourceByHand final : public BlockSource {
 public:
  void take(BlockRequest /*request*/, OnGrant done) override { waiting = std::move(done); }
  void give_back(const CompiledLimit& /*limit*/, std::string_view /*subject*/,
                 WallTime /*period_start*/, std::int64_t /*units*/) override {}
  void answer(const BlockGrant& grant) { std::exchange(waiting, nullptr)(grant); }

  OnGrant waiting;
};

TEST_F(LimiterTest, the_rest_of_a_lease_that_has_ended_does_not_become_part_of_the_next_one) {
  SourceByHand source;
  Limiter limiter({.table = table_,
                   .shared = &source,
                   .post = [this](auto work) { posted_.push_back(std::move(work)); },
                   .now = [this] { return clock_.now(); }});
  limiter.use(book_of({rate_quota("r", 100)}));
  const auto admitted_now = [&](bool queued) {
    int admitted = 0;
    for (int i = 0; i < 50; ++i) {
      Holding holding;
      const Verdict verdict =
          limiter.admit(caller("k"), {}, clock_.now(), clock_.wall(), holding, queued && i == 0);
      holding.settle({});
      if (verdict.ruling != Ruling::Admitted) return admitted;
      ++admitted;
      if (source.waiting != nullptr) return admitted;
    }
    return admitted;
  };
  UnitWaiter waiter;
  Holding holding;
  const Verdict first = limiter.admit(caller("k"), {}, clock_.now(), clock_.wall(), holding);
  ASSERT_TRUE(limiter.enqueue(first, caller("k"), clock_.now(), clock_.now() + seconds(1), waiter));
  source.answer({.units = 10, .valid_until = clock_.now() + milliseconds(10)});
  run_posted();
  ASSERT_EQ(admitted_now(true), 6) << "then the next lease is asked for, and four are left";
  clock_.advance(milliseconds(20));
  source.answer(
      {.units = 10, .valid_until = clock_.now() + seconds(1), .answered_at = clock_.now()});
  EXPECT_EQ(admitted_now(false), 6);
  source.answer({.answered_at = clock_.now(), .retry_after = seconds(1)});
  EXPECT_EQ(admitted_now(false), 4) << "ten of the new lease, and no more";
}

}  // namespace
}  // namespace apiforge::quota
