#include "auth/audit/refusal_log.hpp"

#include <gmock/gmock.h>

#include "auth/audit/audit_log.hpp"
#include "storage/faulty/faulty_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth {
namespace {

using storage::AuditEntry;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

class RefusalLogTest : public testing::Test {
 protected:
  static Refusal refusal(std::string_view target) {
    return {"acme", "key:k1", target, ErrorCode::Forbidden, "10.0.0.1"};
  }
  std::size_t drain() {
    const auto entries = log.drain(store, clock.wall());
    EXPECT_TRUE(entries) << entries.error().detail;
    return *entries;
  }
  std::vector<AuditEntry> all() {
    std::vector<AuditEntry> entries;
    const auto transaction = *store.begin(storage::Scope::platform(), storage::Mode::Read);
    EXPECT_TRUE(transaction->for_each_audit(1, [&](const AuditEntry& entry) {
      entries.push_back(entry);
      return true;
    }));
    return entries;
  }

  SimulatedClock clock;
  storage::MemoryStore store{clock};
  RefusalLog log{2};
};

TEST_F(RefusalLogTest, tells_who_was_refused_what_and_why) {
  log.queue(0).note(refusal("binance"));
  EXPECT_EQ(drain(), 1u);
  const AuditEntry entry = all().front();
  EXPECT_EQ(entry.tenant, "acme");
  EXPECT_EQ(entry.actor, "key:k1");
  EXPECT_EQ(entry.action, "access.refused");
  EXPECT_EQ(entry.target, "binance");
  EXPECT_EQ(entry.outcome, "forbidden");
  EXPECT_EQ(entry.client, "10.0.0.1");
  EXPECT_EQ(entry.details, R"({"count":1})");
}

TEST_F(RefusalLogTest, writes_nothing_when_nothing_was_refused) {
  EXPECT_EQ(drain(), 0u);
  EXPECT_THAT(all(), IsEmpty());
}

TEST_F(RefusalLogTest, joins_equal_refusals_of_all_workers) {
  for (int i = 0; i < 7; ++i) log.queue(0).note(refusal("binance"));
  for (int i = 0; i < 3; ++i) log.queue(1).note(refusal("binance"));
  log.queue(1).note(refusal("openai"));
  EXPECT_EQ(drain(), 2u);
  EXPECT_THAT(all(), testing::ElementsAre(Field(&AuditEntry::details, R"({"count":10})"),
                                          Field(&AuditEntry::details, R"({"count":1})")));
}

TEST_F(RefusalLogTest, keeps_apart_what_differs_in_anything) {
  log.queue(0).note({"acme", "key:k1", "api", ErrorCode::Forbidden, "10.0.0.1"});
  log.queue(0).note({"globex", "key:k1", "api", ErrorCode::Forbidden, "10.0.0.1"});
  log.queue(0).note({"acme", "key:k2", "api", ErrorCode::Forbidden, "10.0.0.1"});
  log.queue(0).note({"acme", "key:k1", "other", ErrorCode::Forbidden, "10.0.0.1"});
  log.queue(0).note({"acme", "key:k1", "api", ErrorCode::InvalidCredential, "10.0.0.1"});
  log.queue(0).note({"acme", "key:k1", "api", ErrorCode::Forbidden, "10.0.0.2"});
  EXPECT_EQ(drain(), 6u);
}

TEST_F(RefusalLogTest, counts_what_is_more_than_it_lists) {
  for (int i = 0; i < 150; ++i) log.queue(0).note(refusal("/guess/" + std::to_string(i)));
  EXPECT_EQ(drain(), RefusalLog::kMaximumEntries + 1);
  const AuditEntry last = all().back();
  EXPECT_EQ(last.action, "access.refusals_unlisted");
  EXPECT_EQ(last.details, R"({"different":50,"dropped":0})");
}

TEST_F(RefusalLogTest, counts_what_its_queue_could_not_hold) {
  for (std::size_t i = 0; i < RefusalQueue::kCapacity + 25; ++i) log.queue(0).note(refusal("api"));
  EXPECT_EQ(drain(), 2u);
  EXPECT_EQ(all()[0].details, R"({"count":512})");
  EXPECT_EQ(all()[1].details, R"({"different":0,"dropped":25})");
  EXPECT_EQ(drain(), 0u);
}

TEST_F(RefusalLogTest, cuts_texts_that_are_too_long) {
  const std::string long_text(5000, 'x');
  log.queue(0).note({long_text, long_text, long_text, ErrorCode::Forbidden, long_text});
  log.queue(0).note({});
  EXPECT_EQ(drain(), 2u);
  EXPECT_EQ(all()[0].tenant, "platform");
  EXPECT_EQ(all()[1].target, std::string(160, 'x'));
}

TEST_F(RefusalLogTest, keeps_all_for_the_next_time_when_the_database_fails) {
  storage::FaultyStore broken(store);
  broken.set_down(true);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < RefusalQueue::kCapacity; ++i) log.queue(0).note(refusal("api"));
    const auto failed = log.drain(broken, clock.wall());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::StorageUnavailable);
  }
  EXPECT_EQ(drain(), 1u);
  EXPECT_EQ(all().front().details, R"({"count":1536})");
}

TEST_F(RefusalLogTest, stays_bounded_while_the_database_fails) {
  storage::FaultyStore broken(store);
  broken.set_down(true);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 500; ++i) {
      log.queue(0).note(refusal("/" + std::to_string(round) + "/" + std::to_string(i)));
    }
    ASSERT_FALSE(log.drain(broken, clock.wall()));
  }
  EXPECT_EQ(drain(), RefusalLog::kMaximumEntries + 1);
  EXPECT_EQ(all().back().details, R"({"different":4900,"dropped":0})");
}

TEST_F(RefusalLogTest, loses_nothing_wherever_the_database_fails) {
  storage::FaultyStore faulty(store);
  std::size_t struck = 1;
  for (std::size_t n = 1; struck > 0; ++n) {
    log.queue(0).note(refusal("/" + std::to_string(n)));
    faulty.fail_nth(n);
    const bool is_written = log.drain(faulty, clock.wall()).has_value();
    struck = faulty.faults();
    EXPECT_EQ(is_written, struck == 0);
    drain();
    EXPECT_THAT(all(), SizeIs(n));
  }
}

}  // namespace
}  // namespace apiforge::auth
