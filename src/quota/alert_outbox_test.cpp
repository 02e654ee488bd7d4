#include "quota/alert_outbox.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "base/random.hpp"
#include "storage/faulty/faulty_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::quota {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// A receiver that answers when the test says so.
class ScriptedSender final : public WebhookSender {
 public:
  struct Try {
    std::string url;
    Headers headers;
    std::string body;
    Done done;
  };
  void send(std::string url, Headers headers, std::string body, Done done) override {
    bodies.push_back(body);
    tries.push_back({std::move(url), std::move(headers), std::move(body), std::move(done)});
  }
  /// Answers all that is under way.
  void answer(const Result<int>& result) {
    for (Try& each : std::exchange(tries, {})) each.done(result);
  }

  std::vector<Try> tries;           ///< under way
  std::vector<std::string> bodies;  ///< of all tries ever
};

class AlertOutboxTest : public testing::Test {
 protected:
  AlertOutboxTest() { given_a_node("node-1"); }

  /// A process that begins; the one before is gone, with all that it remembered.
  void given_a_node(const std::string& name) {
    options_.node = name;
    sender_ = std::make_unique<ScriptedSender>();
    outbox_.emplace(
        store_, *sender_, clock_, options_,
        [this](std::string_view, std::string_view, std::string_view) { return secret_; },
        [this](const AlertDelivery& delivery, const Result<int>& result) {
          told_.push_back(delivery.url + ": " +
                          (result ? std::to_string(*result) : result.error().detail));
        });
  }
  void add(const std::string& body, const std::string& tenant = "platform",
           const std::string& url = "https://ops.test/hook?key=s") {
    outbox_->add({{.id = make_alert_id(clock_.wall()),
                   .tenant = tenant,
                   .rule = "many",
                   .url = url,
                   .type = "alert.firing",
                   .body = body,
                   .signature = "t=1,v1=old"}});
    clock_.advance(milliseconds(1));
  }
  void pump(std::chrono::nanoseconds passed = {}) {
    clock_.advance(passed);
    outbox_->pump();
  }
  std::size_t stored() { return records(false); }
  std::size_t heartbeats() { return records(true); }
  std::size_t records(bool heartbeats) {
    auto transaction = memory_.begin(storage::Scope::platform(), storage::Mode::Read);
    const auto all = (*transaction)->list(storage::Kind::AlertDelivery, {.limit = 10'000});
    return static_cast<std::size_t>(std::ranges::count_if(
        *all, [&](const auto& record) { return record.id.starts_with("node-") == heartbeats; }));
  }

  SimulatedClock clock_;
  storage::MemoryStore memory_{clock_};
  storage::FaultyStore store_{memory_};
  std::optional<Secret> secret_;
  AlertOutboxOptions options_;
  std::vector<std::string> told_;  ///< failures
  std::unique_ptr<ScriptedSender> sender_;
  std::optional<AlertOutbox> outbox_;
};

TEST_F(AlertOutboxTest, a_delivery_is_written_tried_and_removed) {
  add("one");
  EXPECT_EQ(stored(), 1u);
  EXPECT_THAT(sender_->tries, IsEmpty());
  pump();
  ASSERT_THAT(sender_->tries, SizeIs(1));
  EXPECT_EQ(sender_->tries[0].url, "https://ops.test/hook?key=s");
  EXPECT_EQ(sender_->tries[0].body, "one");
  EXPECT_THAT(sender_->tries[0].headers, Contains(std::pair("Content-Type", "application/json")));
  EXPECT_THAT(sender_->tries[0].headers, Contains(std::pair("X-APIForge-Event", "alert.firing")));
  sender_->answer(204);
  pump();
  EXPECT_EQ(stored(), 0u);
  EXPECT_EQ(outbox_->delivered(), 1u);
  EXPECT_EQ(outbox_->waiting(), 0u);
  pump(hours(1));
  EXPECT_THAT(sender_->bodies, ElementsAre("one"));
}

TEST_F(AlertOutboxTest, each_try_is_signed_with_the_secret_of_the_moment) {
  add("one");
  secret_ = Secret("new");
  pump();
  const auto header = [&] { return sender_->tries.at(0).headers; };
  EXPECT_THAT(header(), Contains(std::pair("X-APIForge-Signature",
                                           sign_webhook(*secret_, clock_.wall(), "one"))));
  sender_->answer(500);
  pump();
  secret_.reset();  // the rule is gone: what was signed at first is all there is
  pump(seconds(1));
  EXPECT_THAT(header(), Contains(std::pair("X-APIForge-Signature", "t=1,v1=old")));
}

// Deliveries failed for a day and nobody was named.
TEST_F(AlertOutboxTest, tells_once_of_a_target_that_fails_until_it_works_again) {
  add("one", "platform", "https://ops.test/a");
  add("two", "platform", "https://ops.test/a");
  add("three", "platform", "https://ops.test/b");
  pump();
  sender_->answer(fail(ErrorCode::UpstreamTimeout, "connection refused"));
  pump();
  const auto twice = ElementsAre("https://ops.test/a: connection refused",
                                 "https://ops.test/b: connection refused");
  EXPECT_THAT(told_, twice);
  pump(seconds(1));
  sender_->answer(500);
  pump();
  EXPECT_THAT(told_, twice);
  pump(seconds(2));
  sender_->answer(204);
  pump();
  add("four", "platform", "https://ops.test/a");
  pump();
  sender_->answer(404);
  pump();
  EXPECT_THAT(told_, SizeIs(3));
  EXPECT_EQ(told_.back(), "https://ops.test/a: 404");
}

TEST_F(AlertOutboxTest, a_failure_is_tried_again_less_and_less_often) {
  add("one");
  pump();
  for (const seconds wait :
       {seconds(1), seconds(2), seconds(4), seconds(8), seconds(16), seconds(32), seconds(64),
        seconds(128), seconds(256), seconds(300), seconds(300)}) {
    ASSERT_THAT(sender_->tries, SizeIs(1));
    sender_->answer(wait == seconds(4) ? Result<int>(fail(ErrorCode::UpstreamTimeout)) : 503);
    pump();
    pump(wait - milliseconds(1));
    ASSERT_THAT(sender_->tries, IsEmpty()) << wait.count();
    pump(milliseconds(1));
  }
  EXPECT_EQ(outbox_->failed_tries(), 11u);
  EXPECT_EQ(stored(), 1u);
}

TEST_F(AlertOutboxTest, a_redirect_is_no_success) {
  add("one");
  pump();
  sender_->answer(301);
  pump();
  EXPECT_EQ(outbox_->delivered(), 0u);
  EXPECT_EQ(outbox_->failed_tries(), 1u);
}

TEST_F(AlertOutboxTest, is_given_up_after_a_day) {
  add("one");
  for (int hour = 0; hour <= 24; ++hour) {
    pump(hours(1));
    sender_->answer(500);
  }
  pump();
  EXPECT_EQ(outbox_->given_up(), 1u);
  EXPECT_EQ(outbox_->waiting(), 0u);
  EXPECT_EQ(stored(), 0u);
}

TEST_F(AlertOutboxTest, when_there_are_too_many_the_oldest_are_given_up) {
  options_.max_kept = 3;
  given_a_node("node-1");
  for (int i = 0; i < 5; ++i) add(std::to_string(i));
  EXPECT_EQ(outbox_->given_up(), 2u);
  EXPECT_EQ(stored(), 3u);
  pump();
  EXPECT_THAT(sender_->bodies, ElementsAre("2", "3", "4"));
}

TEST_F(AlertOutboxTest, so_many_tries_at_once_and_no_more) {
  options_.max_at_once = 2;
  given_a_node("node-1");
  for (int i = 0; i < 5; ++i) add(std::to_string(i));
  pump();
  pump();
  EXPECT_THAT(sender_->bodies, ElementsAre("0", "1"));
  sender_->answer(200);
  pump();
  EXPECT_THAT(sender_->bodies, ElementsAre("0", "1", "2", "3"));
}

// Sixteen deliveries to a webhook that never answers kept all others waiting.
TEST_F(AlertOutboxTest, a_webhook_that_does_not_answer_keeps_no_other_from_being_told) {
  for (int i = 0; i < 100; ++i) add("lost");
  pump();
  EXPECT_THAT(sender_->bodies, SizeIs(options_.max_at_once_each));
  add("home", "platform", "https://other.test/");
  pump();
  EXPECT_EQ(sender_->bodies.back(), "home");
  EXPECT_THAT(sender_->bodies, SizeIs(options_.max_at_once_each + 1));
}

TEST_F(AlertOutboxTest, tenants_take_turns) {
  options_.max_at_once = 4;
  given_a_node("node-1");
  for (int i = 0; i < 3; ++i) add("a", "acme", "https://a.test/" + std::to_string(i));
  pump();
  for (int i = 3; i < 9; ++i) add("a", "acme", "https://a.test/" + std::to_string(i));
  add("b", "blue");
  pump();
  EXPECT_THAT(sender_->bodies, ElementsAre("a", "a", "a", "b"));
  sender_->answer(500);
  add("b", "blue");
  pump();
  EXPECT_THAT(std::vector(sender_->bodies.end() - 4, sender_->bodies.end()),
              UnorderedElementsAre("a", "a", "a", "b"));
}

TEST_F(AlertOutboxTest, when_there_are_too_many_the_tenant_that_has_most_loses_its_oldest) {
  options_.max_kept = 3;
  given_a_node("node-1");
  add("b", "blue");
  for (int i = 0; i < 5; ++i) add(std::to_string(i), "acme");
  EXPECT_EQ(outbox_->given_up(), 3u);
  pump();
  EXPECT_THAT(sender_->bodies, UnorderedElementsAre("b", "3", "4"));
}

TEST_F(AlertOutboxTest, what_was_not_brought_home_is_tried_after_a_crash) {
  add("one");
  add("two");
  pump();
  sender_->answer(200);  // the crash comes before this is written down
  given_a_node("node-1");
  pump();
  EXPECT_THAT(sender_->bodies, ElementsAre("one", "two"));
  sender_->answer(200);
  pump();
  given_a_node("node-1");
  pump();
  EXPECT_THAT(sender_->bodies, IsEmpty());
}

TEST_F(AlertOutboxTest, what_a_dead_node_left_is_taken_over_by_one_other) {
  add("one");
  given_a_node("node-2");
  pump();
  pump(seconds(29));
  EXPECT_THAT(sender_->bodies, IsEmpty()) << "node-1 may be alive";
  pump(seconds(10));
  EXPECT_THAT(sender_->bodies, ElementsAre("one"));

  ScriptedSender third_sender;
  AlertOutbox third(store_, third_sender, clock_, {.node = "node-3"},
                    [](auto, auto, auto) { return std::nullopt; });
  third.pump();
  EXPECT_THAT(third_sender.bodies, IsEmpty());

  sender_->answer(200);
  pump();
  EXPECT_EQ(stored(), 0u);
  EXPECT_EQ(heartbeats(), 0u);
}

TEST_F(AlertOutboxTest, a_node_that_is_alive_keeps_its_deliveries) {
  ScriptedSender other_sender;
  AlertOutbox other(store_, other_sender, clock_, {.node = "node-2"},
                    [](auto, auto, auto) { return std::nullopt; });
  add("one");
  for (int minute = 0; minute < 60; ++minute) {
    for (int i = 0; i < 6; ++i) pump(seconds(10));
    sender_->answer(500);
    other.pump();
  }
  EXPECT_THAT(other_sender.bodies, IsEmpty());
  EXPECT_EQ(heartbeats(), 1u);
}

TEST_F(AlertOutboxTest, while_the_database_is_away_deliveries_go_out_from_memory) {
  pump();
  store_.set_down(true);
  add("one");
  pump();
  ASSERT_THAT(sender_->bodies, ElementsAre("one"));
  sender_->answer(500);
  pump();
  store_.set_down(false);
  pump();
  EXPECT_EQ(stored(), 1u);
  store_.set_down(true);
  pump(seconds(1));
  sender_->answer(200);
  pump();
  pump(minutes(1));
  EXPECT_THAT(sender_->bodies, SizeIs(2)) << "one that was delivered is not sent again";
  store_.set_down(false);
  pump();
  EXPECT_EQ(stored(), 0u);
}

TEST_F(AlertOutboxTest, a_result_that_comes_after_the_end_is_harmless) {
  add("one");
  pump();
  outbox_.reset();
  sender_->answer(200);
}

TEST_F(AlertOutboxTest, a_record_that_cannot_be_read_is_removed) {
  storage::Record record;
  record.kind = storage::Kind::AlertDelivery;
  record.id = "x";
  record.tenant = "platform";
  record.owner = "node-1";
  record.body = R"({"url":7})";
  auto transaction = memory_.begin(storage::Scope::platform(), storage::Mode::Write);
  ASSERT_TRUE((*transaction)->insert(record));
  ASSERT_TRUE((*transaction)->commit());
  transaction->reset();
  pump();
  EXPECT_EQ(stored(), 0u);
  EXPECT_EQ(outbox_->given_up(), 1u);
}

/// Faults of the database, failures of the receiver and crashes in any order.
TEST_F(AlertOutboxTest, whatever_happens_each_delivery_arrives_at_least_once) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random(seed);
    std::set<std::string> sent;
    std::set<std::string> arrived;
    for (int step = 0; step < 200; ++step) {
      const auto fault =
          random.below(2) == 0 ? storage::Fault::NotDone : storage::Fault::DoneUnreported;
      if (random.below(4) == 0) store_.fail_nth(1 + random.below(8), fault);
      switch (random.below(4)) {
        case 0: {
          const std::string body = std::to_string(seed) + "/" + std::to_string(step);
          const std::size_t before = stored();
          add(body);
          if (stored() > before) sent.insert(body);  // else a crash may lose it
          break;
        }
        case 1:
          for (auto& each : std::exchange(sender_->tries, {})) {
            const bool is_taken = random.below(3) == 0;
            if (is_taken) arrived.insert(each.body);
            each.done(is_taken ? 200 : 500);
          }
          break;
        case 2:
          if (random.below(8) == 0) given_a_node("node-" + std::to_string(random.below(3)));
          break;
        default:
          pump(seconds(random.below(20)));
      }
    }
    for (int round = 0; round < 100 && (round < 5 || outbox_->waiting() > 0); ++round) {
      pump(minutes(6));
      for (const auto& each : sender_->tries) arrived.insert(each.body);
      sender_->answer(200);
    }
    EXPECT_EQ(records(false) + records(true), 0u);
    for (const std::string& body : sent) EXPECT_TRUE(arrived.contains(body)) << body;
  }
}

}  // namespace
}  // namespace apiforge::quota
