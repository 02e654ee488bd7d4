// admit without sockets: who is let through, what the others hear, and what is given back.
#include "gateway/phases/admit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/worker_fixture.hpp"

namespace apiforge::gateway::phases {
namespace {

using model::OnExceed;
using model::PriorityClass;
using testing::HasSubstr;

class KeptEvents final : public events::EventBus {
 public:
  void publish(events::Event event) override { all.push_back(std::move(event)); }
  std::uint64_t dropped() const override { return 0; }
  std::vector<events::Event> all;
};

/// Gives what is asked for, at once.
class GivenUnits final : public quota::BlockSource {
 public:
  void take(quota::BlockRequest request, OnGrant done) override {
    ++asked;
    done(quota::BlockGrant{.units = request.units});
  }
  void give_back(const quota::CompiledLimit&, std::string_view, WallTime, std::int64_t) override {}
  std::size_t asked = 0;
};

// Calls have no caller's connection.
class AdmitTest : public WorkerTest {
 protected:
  AdmitTest() : WorkerTest({.durable = &units_, .events = &events_}) {
    model::Api& api = configuration_.apis.emplace_back();
    api.name = "prices";
    api.upstream.endpoints.emplace_back().url = "http://127.0.0.1:9001";
  }
  void TearDown() override {
    calls_.clear();
    loop_.run_out();
  }

  model::Api& api() { return configuration_.apis[0]; }
  model::Quota& given_quota(std::int64_t amount) {
    model::Quota& quota = configuration_.quotas.emplace_back();
    quota.name = "few";
    quota.limit.amount = amount;
    quota.limit.per = std::chrono::seconds(100);
    return quota;
  }
  /// A new call; the configuration is compiled when the first comes.
  Call& given_call(const std::string& priority = {}) {
    if (!snapshot_) {
      auto compiled =
          compile_snapshot(catalogue_of(configuration_), {{"http", make_plain}}, before_.get());
      EXPECT_TRUE(compiled) << compiled.error().detail;
      snapshot_ = *compiled;
      view_.apply(snapshot_);
      limiter_.use(snapshot_->limits);
    }
    Call& call = *calls_.emplace_back(std::make_unique<Call>());
    call.owned->method = "GET";
    if (!priority.empty()) call.owned->fields.push_back({"X-Priority", priority});
    call.owned->seal(0);
    call.target = {.path = "/proxy/prices/btc", .query = {}, .authority = {}};
    call.prefix_length = 13;
    call.started = loop_.now();
    call.caller = caller_;
    call.api = view_.runtime(0);
    return call;
  }
  Room admit(Call& call) { return phases::admit(call, worker_, verdict_); }
  Room admit() { return admit(given_call()); }
  /// The call waits; `waited_` says how that ended.
  void wait(Call& call) { net::spawn(run_wait(this, call)); }

  model::Configuration configuration_;
  std::shared_ptr<auth::Caller> caller_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const Snapshot> before_;
  GivenUnits units_;
  KeptEvents events_;
  quota::Verdict verdict_;
  std::optional<Step> waited_;

 private:
  static net::Task<void> run_wait(AdmitTest* self, Call& call) {
    self->waited_ = co_await wait_for_room(call, self->worker_, self->verdict_);
  }

  std::vector<std::unique_ptr<Call>> calls_;  // what they hold is the limiter's
};

TEST_F(AdmitTest, without_a_limit_a_call_goes_on_and_holds_nothing) {
  Call& call = given_call();
  EXPECT_EQ(admit(call), Room::GoOn);
  EXPECT_TRUE(call.admission.holding.empty());
  EXPECT_EQ(call.admission.lines, "");
}

TEST_F(AdmitTest, a_refused_call_hears_which_limit_it_was) {
  given_quota(1);
  EXPECT_EQ(admit(), Room::GoOn);
  Call& refused = given_call();
  EXPECT_EQ(admit(refused), Room::Fail);
  EXPECT_EQ(refused.error->code, ErrorCode::QuotaExceeded);
  EXPECT_EQ(refused.admission.limited_by, "few");
  EXPECT_GT(refused.admission.retry_after.count(), 0);
  EXPECT_THAT(refused.admission.lines, HasSubstr("RateLimit: \"few\";r=0;t="));
}

TEST_F(AdmitTest, a_degraded_call_goes_on_only_where_something_may_answer_it) {
  given_quota(1).on_exceed = OnExceed::Degrade;
  EXPECT_EQ(admit(), Room::GoOn);
  EXPECT_EQ(admit(), Room::Fail);
}

TEST_F(AdmitTest, a_degraded_call_keeps_its_refusal_for_the_end) {
  given_quota(1).on_exceed = OnExceed::Degrade;
  api().fallback.emplace_back().kind = model::FallbackKind::Reply;
  EXPECT_EQ(admit(), Room::GoOn);
  Call& degraded = given_call();
  EXPECT_EQ(admit(degraded), Room::GoOn);
  ASSERT_TRUE(degraded.admission.refusal);
  EXPECT_EQ(degraded.admission.refusal->code, ErrorCode::QuotaExceeded);
  EXPECT_FALSE(degraded.error);
}

TEST_F(AdmitTest, a_call_that_no_upstream_has_seen_costs_nothing) {
  given_quota(1);
  Call& unseen = given_call();
  EXPECT_EQ(admit(unseen), Room::GoOn);
  settle_costs(unseen);
  Call& seen = given_call();
  EXPECT_EQ(admit(seen), Room::GoOn);
  seen.asked_saw = true;
  settle_costs(seen);
  EXPECT_EQ(admit(), Room::Fail);
}

TEST_F(AdmitTest, a_call_that_only_another_api_has_seen_costs_nothing) {
  given_quota(1);
  Call& elsewhere = given_call();
  EXPECT_EQ(admit(elsewhere), Room::GoOn);
  elsewhere.upstream_saw = true;
  settle_costs(elsewhere);
  EXPECT_EQ(admit(), Room::GoOn);
}

TEST_F(AdmitTest, a_place_comes_back_with_its_call) {
  model::Quota& quota = given_quota(1);
  quota.limit = {.unit = model::LimitUnit::Concurrent, .amount = 1};
  Call& first = given_call();
  EXPECT_EQ(admit(first), Room::GoOn);
  EXPECT_EQ(admit(), Room::Fail);
  first.admission.recycle();
  EXPECT_EQ(admit(), Room::GoOn);
}

TEST_F(AdmitTest, limits_of_an_api_that_has_gone_do_not_hold_for_the_one_in_its_place) {
  given_quota(1).match.api = "prices";
  EXPECT_EQ(admit(), Room::GoOn);
  EXPECT_EQ(admit(), Room::Fail);
  api().name = "news";
  before_ = std::exchange(snapshot_, nullptr);
  EXPECT_EQ(admit(), Room::GoOn);
  EXPECT_EQ(snapshot_->limits, before_->limits);
  EXPECT_EQ(snapshot_->apis[0]->slot, before_->apis[0]->slot);
}

TEST_F(AdmitTest, one_event_in_a_second_tells_of_a_limit) {
  given_quota(1);
  for (int i = 0; i < 10; ++i) admit();
  ASSERT_EQ(events_.all.size(), 1U);
  EXPECT_EQ(events_.all[0].type, events::EventType::QuotaExceeded);
  clock_.advance(std::chrono::seconds(1));
  admit();
  EXPECT_EQ(events_.all.size(), 2U);
}

TEST_F(AdmitTest, a_call_in_line_goes_on_when_its_turn_comes) {
  model::Quota& quota = given_quota(1);
  quota.on_exceed = OnExceed::Queue;
  quota.limit.per = std::chrono::milliseconds(500);
  EXPECT_EQ(admit(), Room::GoOn);
  Call& waiting = given_call();
  ASSERT_EQ(admit(waiting), Room::Wait);
  wait(waiting);
  run();
  EXPECT_FALSE(waited_);
  clock_.advance(std::chrono::milliseconds(510));
  turns_.tend();
  run();
  EXPECT_EQ(waited_, Step::GoOn);
}

// It asked again as if it had not waited, and was told to wait until it was refused.
TEST_F(AdmitTest, a_call_of_a_strict_quota_goes_on_with_the_units_that_were_fetched_for_it) {
  model::Quota& quota = given_quota(5);
  quota.limit = {.amount = 5, .period = model::Period::Day};
  quota.strict = true;
  Call& waiting = given_call();
  ASSERT_EQ(admit(waiting), Room::Wait);
  wait(waiting);
  run();
  EXPECT_EQ(waited_, Step::GoOn);
  EXPECT_EQ(units_.asked, 1U);
}

TEST_F(AdmitTest, a_caller_who_goes_leaves_the_line) {
  model::Quota& quota = given_quota(1);
  quota.on_exceed = OnExceed::Queue;
  quota.limit.per = std::chrono::milliseconds(500);
  EXPECT_EQ(admit(), Room::GoOn);
  Call& leaving = given_call();
  ASSERT_EQ(admit(leaving), Room::Wait);
  wait(leaving);
  run();
  leaving.note_caller_gone();
  leaving.admission.waiting->cancel();
  EXPECT_FALSE(waited_) << "never from within cancel";
  run();
  EXPECT_EQ(waited_, Step::Fail);
  EXPECT_EQ(leaving.end, CallEnd::CallerGone);
}

TEST_F(AdmitTest, only_who_may_says_how_urgent_a_call_is) {
  EXPECT_EQ(priority_of(given_call("cancel"), PriorityClass::Data), PriorityClass::Data);
  caller_ = std::make_shared<auth::Caller>();
  EXPECT_EQ(priority_of(given_call("cancel"), PriorityClass::Data), PriorityClass::Data);
  caller_->permissions = {model::Permission::GatewayPriority};
  EXPECT_EQ(priority_of(given_call("cancel"), PriorityClass::Data), PriorityClass::Cancel);
  EXPECT_EQ(priority_of(given_call("urgent!"), PriorityClass::Data), PriorityClass::Data);
  EXPECT_EQ(priority_of(given_call(), PriorityClass::Batch), PriorityClass::Batch);
}

}  // namespace
}  // namespace apiforge::gateway::phases
