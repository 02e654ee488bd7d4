#include "gateway/cache/worker_cache.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "gateway/cache/worker_cache_fixture.hpp"

namespace apiforge::gateway::cache {
namespace {

using namespace std::chrono_literals;

// Two workers on one thread, whose loops are polled by hand.
class WorkerCacheTest : public testing::Test {
 protected:
  void TearDown() override {
    for (Worker& worker : workers_) worker.loop.run_out();
    calls_.clear();
  }

  struct Worker {
    Worker(const Clock& clock, const std::shared_ptr<CacheRing>& ring, std::size_t index)
        : loop(clock, index), cache(loop, ring, index, 1 << 20) {}
    net::EventLoop loop;
    WorkerCache cache;
  };

  void settle() {
    for (int i = 0; i < 20; ++i) {
      for (Worker& worker : workers_) worker.loop.poll();
    }
  }
  void pass(std::chrono::nanoseconds time) {
    clock_.advance(time);
    for (Worker& worker : workers_) worker.loop.timers().advance(worker.loop.now());
    settle();
  }
  WorkerCache& cache(std::size_t worker) { return workers_[worker].cache; }
  AskingCall& ask_on(std::size_t worker, std::string key = "key", AskMode mode = AskMode::Join) {
    AskingCall& call = calls_.emplace_back();
    call.key = std::move(key);
    net::spawn(ask(call, cache(worker), mode, clock_.now() + 10s));
    settle();
    return call;
  }
  /// A key whose home is that worker.
  std::string key_of(std::size_t home) {
    for (int i = 0;; ++i) {
      std::string key = "key " + std::to_string(i);
      if (ring_->home_of(cache(0).key(key).hash) == home) return key;
    }
  }
  /// The upstream has answered the call with something to keep.
  void reply_to(AskingCall& call, std::size_t worker, std::string body) {
    clock_.advance(1ms);
    WorkerCache& here = cache(worker);
    here.keep(here.key(call.key), here.owner_of(api_), kept_reply(std::move(body), clock_.now()),
              clock_.now() - 1ms, call.flight);
    settle();
  }
  std::string kept_on(std::size_t worker, std::string_view key) {
    const KeptPtr reply = cache(worker).find(cache(worker).key(key), {});
    return reply ? reply->reply.body : "nothing";
  }
  static std::string given_to(const AskingCall& call) {
    return call.replies.empty() ? "nothing" : call.replies.back()->reply.body;
  }

  SimulatedClock clock_;
  std::shared_ptr<int> api_ = std::make_shared<int>();
  std::shared_ptr<CacheRing> ring_ = std::make_shared<CacheRing>(2, 7);
  std::deque<Worker> workers_{};
  std::deque<AskingCall> calls_;

  WorkerCacheTest() {
    workers_.emplace_back(clock_, ring_, 0);
    workers_.emplace_back(clock_, ring_, 1);
  }
};

TEST_F(WorkerCacheTest, of_equal_calls_on_all_workers_one_goes_upstream) {
  for (const std::size_t home : {0u, 1u}) {
    const std::string key = key_of(home);
    AskingCall& first = ask_on(0, key);
    AskingCall& second = ask_on(1, key);
    AskingCall& third = ask_on(0, key);
    EXPECT_TRUE(first.leads());
    EXPECT_FALSE(second.told);
    EXPECT_FALSE(third.told);
    reply_to(first, 0, "the reply");
    EXPECT_EQ(second.told, Told::Landed);
    EXPECT_EQ(given_to(second), "the reply");
    EXPECT_EQ(given_to(third), "the reply");
  }
}

TEST_F(WorkerCacheTest, a_reply_is_given_to_the_worker_that_asks_later) {
  const std::string key = key_of(1);
  reply_to(ask_on(0, key), 0, "the reply");
  EXPECT_EQ(kept_on(0, key), "the reply");
  EXPECT_EQ(kept_on(1, key), "the reply") << "its home";
  const std::string other = key_of(0);
  reply_to(ask_on(0, other), 0, "at home");
  EXPECT_EQ(kept_on(1, other), "nothing");
  AskingCall& later = ask_on(1, other);
  EXPECT_EQ(later.told, Told::Look);
  EXPECT_EQ(given_to(later), "at home");
}

TEST_F(WorkerCacheTest, another_leads_when_the_leader_is_cancelled) {
  AskingCall& first = ask_on(0);
  AskingCall& second = ask_on(1);
  AskingCall& third = ask_on(1);
  first.flight = {};
  settle();
  EXPECT_TRUE(second.leads());
  EXPECT_FALSE(third.told);
  reply_to(second, 1, "the reply");
  EXPECT_EQ(given_to(third), "the reply");
}

TEST_F(WorkerCacheTest, all_go_alone_when_the_reply_is_not_for_others_and_for_a_while_after) {
  AskingCall& first = ask_on(0);
  AskingCall& second = ask_on(1);
  first.flight.end(FlightEnd::NotKept);
  settle();
  EXPECT_EQ(second.told, Told::Alone);
  const std::uint64_t hash = cache(0).key("key").hash;
  EXPECT_TRUE(cache(0).goes_alone(hash));
  EXPECT_TRUE(cache(1).goes_alone(hash));
  EXPECT_EQ(ask_on(1).told, Told::Alone);
  pass(WorkerCache::kAloneTime);
  EXPECT_FALSE(cache(0).goes_alone(hash));
  EXPECT_TRUE(ask_on(0).leads());
}

TEST_F(WorkerCacheTest, all_go_alone_when_the_upstream_failed_but_the_next_wait_again) {
  AskingCall& first = ask_on(0);
  AskingCall& second = ask_on(1);
  first.flight.end(FlightEnd::Failed);
  settle();
  EXPECT_EQ(second.told, Told::Alone);
  EXPECT_TRUE(ask_on(0).leads());
}

TEST_F(WorkerCacheTest, a_wait_ends_with_its_deadline) {
  ask_on(0);
  AskingCall& second = ask_on(1);
  pass(10s + net::TimerWheel::kTick);
  EXPECT_EQ(second.told, Told::TooLate);
}

TEST_F(WorkerCacheTest, a_wait_ends_when_the_caller_is_gone_and_its_place_is_given_up) {
  AskingCall& first = ask_on(0);
  AskingCall& second = ask_on(1);
  AskingCall& third = ask_on(0);
  second.waiting->cancel();
  EXPECT_FALSE(second.told) << "not within the call of cancel";
  settle();
  EXPECT_EQ(second.told, Told::Cancelled);
  first.flight = {};
  settle();
  EXPECT_TRUE(third.leads());
}

TEST_F(WorkerCacheTest, one_that_is_made_leader_while_it_leaves_hands_over) {
  AskingCall& first = ask_on(0);
  AskingCall& second = ask_on(1);
  AskingCall& third = ask_on(1);
  first.flight = {};         // on its way: second shall lead
  second.waiting->cancel();  // and does not want to any more
  settle();
  const bool second_leads = second.leads();
  if (second_leads) second.flight = {};
  settle();
  EXPECT_TRUE(third.leads());
}

TEST_F(WorkerCacheTest, who_only_looks_neither_leads_nor_waits) {
  EXPECT_EQ(ask_on(0, "key", AskMode::Look).told, Told::Alone);
  EXPECT_TRUE(ask_on(0, "key", AskMode::TryLead).leads());
  EXPECT_EQ(ask_on(1, "key", AskMode::TryLead).told, Told::Alone);
}

TEST_F(WorkerCacheTest, a_write_is_forgotten_on_all_workers) {
  const std::string key = key_of(1);
  reply_to(ask_on(0, key), 0, "old");
  cache(0).invalidate(cache(0).key(key));
  settle();
  EXPECT_EQ(kept_on(0, key), "nothing");
  EXPECT_EQ(kept_on(1, key), "nothing");
}

TEST_F(WorkerCacheTest, a_read_that_began_before_a_write_is_not_kept) {
  const std::string key = key_of(0);
  AskingCall& reading = ask_on(0, key);
  const MonotonicTime asked = clock_.now();
  clock_.advance(5ms);
  cache(1).invalidate(cache(1).key(key));
  settle();
  clock_.advance(5ms);
  WorkerCache& here = cache(0);
  here.keep(here.key(key), here.owner_of(api_), kept_reply("before", clock_.now()), asked,
            reading.flight);
  EXPECT_EQ(kept_on(0, key), "nothing");
  reply_to(ask_on(0, key), 0, "after");
  EXPECT_EQ(kept_on(0, key), "after");
}

TEST_F(WorkerCacheTest, a_stale_reply_is_renewed_by_one_now_and_then) {
  EXPECT_TRUE(cache(0).begin_renewal(1));
  EXPECT_FALSE(cache(0).begin_renewal(1));
  EXPECT_TRUE(cache(0).begin_renewal(2));
  pass(WorkerCache::kRenewalPause);
  EXPECT_TRUE(cache(0).begin_renewal(1));
}

TEST_F(WorkerCacheTest, a_new_api_has_a_key_space_of_its_own) {
  const std::uint64_t first = cache(0).owner_of(api_).id;
  EXPECT_EQ(cache(1).owner_of(api_).id, first) << "the same on all workers";
  api_ = std::make_shared<int>();
  EXPECT_NE(cache(0).owner_of(api_).id, first);
}

TEST_F(WorkerCacheTest, the_memory_of_a_gone_api_is_given_back) {
  reply_to(ask_on(0), 0, "the reply");
  EXPECT_EQ(cache(0).replies().entries(), 1u);
  api_.reset();
  cache(0).tend();
  EXPECT_EQ(cache(0).replies().entries(), 0u);
}

TEST_F(WorkerCacheTest, a_question_to_a_worker_that_is_gone_ends_with_its_deadline) {
  const std::string key = key_of(1);
  workers_.pop_back();
  AskingCall& call = ask_on(0, key);
  EXPECT_FALSE(call.told);
  pass(10s + net::TimerWheel::kTick);
  EXPECT_EQ(call.told, Told::TooLate);
}

}  // namespace
}  // namespace apiforge::gateway::cache
