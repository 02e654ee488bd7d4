#include "net/resolver.hpp"

#include <gmock/gmock.h>

#include <map>
#include <optional>

#include "net/loopback_fixture.hpp"

namespace apiforge::net {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using Addresses = std::vector<std::string>;

Task<void> resolve_into(std::shared_ptr<Resolver> resolver, std::string host,
                        MonotonicTime deadline, std::optional<Addresses>& result) {
  result = co_await resolver->resolve(std::move(host), deadline);
}

/// A resolver whose name server is the test.
class ResolverTest : public LoopbackTest {
 protected:
  /// Asks for a name; what comes is in `answer`, at once or later.
  void ask(const std::string& host, seconds patience = seconds(5)) {
    answer.reset();
    spawn(resolve_into(resolver, host, in(patience), answer));
  }
  void name_server_says(const std::string& host, Addresses addresses) {
    const auto asked = waiting.extract(host);
    ASSERT_FALSE(asked.empty()) << "the name server was not asked for " << host;
    asked.mapped()(std::move(addresses));
  }

  std::map<std::string, Resolver::Answer> waiting;
  int questions = 0;
  std::optional<Addresses> answer;
  std::shared_ptr<Resolver> resolver =
      std::make_shared<Resolver>(loop, [this](const std::string& host, Resolver::Answer done) {
        ++questions;
        waiting.insert_or_assign(host, std::move(done));
      });
};

TEST_F(ResolverTest, an_address_is_its_own_answer) {
  for (const std::string address : {"127.0.0.1", "::1", "2001:db8::7"}) {
    ask(address);
    EXPECT_EQ(answer, Addresses{address});
  }
  EXPECT_EQ(questions, 0);
}

TEST_F(ResolverTest, both_families_come_in_the_order_of_the_system) {
  ask("both.test");
  EXPECT_FALSE(answer);
  name_server_says("both.test", {"2001:db8::1", "192.0.2.1", "2001:db8::2"});
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, ElementsAre("2001:db8::1", "192.0.2.1", "2001:db8::2"));
}

TEST_F(ResolverTest, a_name_that_all_ask_for_is_looked_up_once) {
  std::optional<Addresses> other;
  ask("api.test");
  spawn(resolve_into(resolver, "api.test", in(seconds(5)), other));
  EXPECT_EQ(questions, 1);
  name_server_says("api.test", {"192.0.2.1"});
  EXPECT_EQ(answer, Addresses{"192.0.2.1"});
  EXPECT_EQ(other, Addresses{"192.0.2.1"});
}

TEST_F(ResolverTest, nobody_waits_longer_than_the_deadline) {
  ask("slow.test", seconds(2));
  pass(seconds(1));
  EXPECT_FALSE(answer);
  pass(seconds(2));
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, IsEmpty());
  name_server_says("slow.test", {"192.0.2.9"});
  ask("slow.test");
  EXPECT_EQ(answer, Addresses{"192.0.2.9"}) << "the late answer was not thrown away";
  EXPECT_EQ(questions, 1);
}

TEST_F(ResolverTest, a_name_without_addresses_is_asked_for_again) {
  ask("gone.test");
  name_server_says("gone.test", {});
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, IsEmpty());
  ask("gone.test");
  name_server_says("gone.test", {"192.0.2.3"});
  EXPECT_EQ(answer, Addresses{"192.0.2.3"});
}

TEST_F(ResolverTest, an_answer_is_kept_for_a_while_and_then_renewed_behind_the_callers_back) {
  ask("moves.test");
  name_server_says("moves.test", {"192.0.2.1"});
  pass(Resolver::kFresh - seconds(1));
  ask("moves.test");
  EXPECT_EQ(answer, Addresses{"192.0.2.1"});
  EXPECT_EQ(questions, 1);

  pass(seconds(2));
  ask("moves.test");
  EXPECT_EQ(answer, Addresses{"192.0.2.1"}) << "nobody waits for the renewal";
  EXPECT_EQ(questions, 2);
  name_server_says("moves.test", {"192.0.2.2"});
  ask("moves.test");
  EXPECT_EQ(answer, Addresses{"192.0.2.2"});
}

TEST_F(ResolverTest, an_old_answer_serves_while_the_name_server_fails_but_not_for_ever) {
  ask("api.test");
  name_server_says("api.test", {"192.0.2.1"});
  pass(Resolver::kStale - seconds(1));
  ask("api.test");
  name_server_says("api.test", {});
  ask("api.test");
  EXPECT_EQ(answer, Addresses{"192.0.2.1"});
  name_server_says("api.test", {});
  pass(seconds(2));
  ask("api.test");
  EXPECT_FALSE(answer) << "too old to be of use";
  name_server_says("api.test", {});
}

// The names that were being looked up were forgotten with the others, and their callers waited
// until the deadline.
TEST_F(ResolverTest, names_are_bounded_and_those_being_looked_up_stay) {
  std::optional<Addresses> patient;
  spawn(resolve_into(resolver, "patient.test", in(seconds(5)), patient));
  for (std::size_t i = 0; i < 2 * Resolver::kMaxNames; ++i) {
    const std::string host = std::to_string(i) + ".test";
    ask(host);
    name_server_says(host, {"192.0.2.1"});
  }
  name_server_says("patient.test", {"192.0.2.7"});
  EXPECT_EQ(patient, Addresses{"192.0.2.7"});
  questions = 0;
  ask("0.test");
  EXPECT_EQ(questions, 1) << "the first was forgotten";
  name_server_says("0.test", {"192.0.2.1"});
}

TEST_F(ResolverTest, an_answer_may_come_after_the_resolver_is_gone) {
  ask("late.test");
  resolver.reset();
  name_server_says("late.test", {"192.0.2.1"});
  EXPECT_EQ(answer, Addresses{"192.0.2.1"});
}

TEST_F(ResolverTest, the_system_knows_the_loopback) {
  resolver = std::make_shared<Resolver>(loop);
  ask("localhost");
  ASSERT_TRUE(becomes([&] { return answer.has_value(); }));
  for (const std::string& address : *answer) {
    EXPECT_TRUE(address.starts_with("127.") || address == "::1") << address;
  }
  EXPECT_THAT(*answer, testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace apiforge::net
