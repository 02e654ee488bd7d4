#include "auth/audit/audit_log.hpp"

#include <gmock/gmock.h>

#include "auth/audit/clean_text.hpp"
#include "storage/faulty/faulty_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AuditLogTest : public testing::Test {
 protected:
  AuditEvent event(std::string action, std::string tenant = "acme") {
    return {std::move(tenant), "user:ann", std::move(action), "user:bob", "ok", "10.0.0.1", "{}"};
  }
  void given(const AuditEvent& event) {
    const auto transaction = *store.begin(storage::Scope::platform(), storage::Mode::Write);
    ASSERT_TRUE(append_audit(*transaction, event, clock.wall()));
    ASSERT_TRUE(transaction->commit());
    clock.advance(std::chrono::seconds(1));
  }
  std::vector<storage::AuditEntry> all() {
    std::vector<storage::AuditEntry> entries;
    const auto transaction = *store.begin(storage::Scope::platform(), storage::Mode::Read);
    EXPECT_TRUE(transaction->for_each_audit(1, [&](const storage::AuditEntry& entry) {
      entries.push_back(entry);
      return true;
    }));
    return entries;
  }
  std::vector<std::uint64_t> seqs_of(const AuditPage& page) {
    std::vector<std::uint64_t> seqs;
    for (const storage::AuditEntry& entry : page.entries) seqs.push_back(entry.seq);
    return seqs;
  }
  Result<AuditPage> read(const storage::Scope& scope, const AuditFilter& filter,
                         std::string_view cursor, std::uint32_t limit) {
    return read_audit(**store.begin(scope, storage::Mode::Read), filter, cursor, limit);
  }

  SimulatedClock clock;
  storage::MemoryStore store{clock};
};

TEST_F(AuditLogTest, chains_each_entry_to_the_one_before) {
  given(event("user.create"));
  given(event("user.update"));
  const auto entries = all();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].seq, 1u);
  EXPECT_EQ(entries[0].hash, audit_hash(kAuditGenesis, entries[0]));
  EXPECT_EQ(entries[1].seq, 2u);
  EXPECT_EQ(entries[1].hash, audit_hash(entries[0].hash, entries[1]));
}

// Computed independently with Python's hashlib from the documented canonical form.
TEST_F(AuditLogTest, hashes_the_documented_canonical_form) {
  storage::AuditEntry entry;
  entry.seq = 1;
  entry.at = WallTime(std::chrono::milliseconds(1'700'000'000'123));
  entry.tenant = "acme";
  entry.actor = "user:ann";
  entry.action = "user.create";
  entry.target = "user:bob";
  entry.outcome = "ok";
  entry.client = "10.0.0.1";
  entry.details = "{}";
  EXPECT_EQ(audit_hash(kAuditGenesis, entry),
            "48440bd625d256c1b77fbd7d228e068836fa1238f3791e8c9a81260b54aaa91d");
}

TEST_F(AuditLogTest, gives_other_fields_another_hash_even_when_they_join_to_the_same_text) {
  storage::AuditEntry one;
  one.actor = "ab";
  one.action = "c";
  storage::AuditEntry other;
  other.actor = "a";
  other.action = "bc";
  EXPECT_NE(audit_hash(kAuditGenesis, one), audit_hash(kAuditGenesis, other));
}

TEST_F(AuditLogTest, fills_in_what_an_event_leaves_open) {
  given({"", "system", "start", "", "", "", ""});
  const storage::AuditEntry entry = all().front();
  EXPECT_EQ(entry.tenant, "platform");
  EXPECT_EQ(entry.outcome, "ok");
  EXPECT_EQ(entry.details, "{}");
}

TEST_F(AuditLogTest, keeps_what_it_hashed_to_the_millisecond) {
  clock.advance(std::chrono::nanoseconds(1'234'567));
  given(event("user.create"));
  const storage::AuditEntry entry = all().front();
  EXPECT_EQ(entry.at, WallTime(std::chrono::milliseconds(1'700'000'000'001)));
  EXPECT_EQ(entry.hash, audit_hash(kAuditGenesis, entry));
}

TEST_F(AuditLogTest, takes_whatever_bytes_a_caller_sends) {
  AuditEvent hostile = event("access.refused");
  hostile.target = std::string("/a\0\xFF\x1B[31m\xED\xA0\x80", 12) + std::string(5000, 'x');
  hostile.details = "{\"path\":\"\xC3\x28\"}";
  given(hostile);
  const storage::AuditEntry entry = all().front();
  EXPECT_LE(entry.target.size(), kMaximumAuditText);
  EXPECT_EQ(entry.target, clean_text(entry.target, kMaximumAuditText));
  EXPECT_EQ(entry.details, "{\"path\":\"\xEF\xBF\xBD(\"}");
}

TEST_F(AuditLogTest, notes_the_size_of_details_that_are_too_long) {
  AuditEvent large = event("user.create");
  large.details = "{\"a\":\"" + std::string(70'000, 'x') + "\"}";
  given(large);
  EXPECT_EQ(all().front().details, R"({"omitted_bytes":70008})");
}

TEST_F(AuditLogTest, passes_on_every_error_of_the_database) {
  storage::FaultyStore faulty(store);
  for (const auto operation : {storage::Operation::LockAuditEnd, storage::Operation::AppendAudit}) {
    const auto transaction = *faulty.begin(storage::Scope::platform(), storage::Mode::Write);
    faulty.fail_next(operation);
    const auto appended = append_audit(*transaction, event("user.create"), clock.wall());
    ASSERT_FALSE(appended);
    EXPECT_EQ(appended.error().code, ErrorCode::StorageUnavailable);
  }
}

TEST(CleanTextTest, keeps_well_formed_characters_of_every_length) {
  const std::string text = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80";
  EXPECT_EQ(clean_text(text, 100), text);
}

TEST(CleanTextTest, replaces_overlong_forms_surrogates_and_controls) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(clean_text("\xC0\x80", 100), mark + mark);
  EXPECT_EQ(clean_text("\xE0\x80\x80", 100), mark + mark + mark);
  EXPECT_EQ(clean_text("\xED\xA0\x80", 100), mark + mark + mark);
  EXPECT_EQ(clean_text("\xF4\x90\x80\x80", 100), mark + mark + mark + mark);
  EXPECT_EQ(clean_text("\xE2\x82", 100), mark + mark);
  EXPECT_EQ(clean_text("a\nb\x7F", 100), "a" + mark + "b" + mark);
}

TEST(CleanTextTest, cuts_between_characters) {
  EXPECT_EQ(clean_text("ab\xE2\x82\xAC", 4), "ab");
  EXPECT_EQ(clean_text("ab\xE2\x82\xAC", 5), "ab\xE2\x82\xAC");
}

TEST_F(AuditLogTest, is_read_newest_first_page_by_page) {
  for (int i = 0; i < 5; ++i) given(event("user.create"));
  const auto first = read(storage::Scope::platform(), {}, "", 2);
  ASSERT_TRUE(first);
  EXPECT_THAT(seqs_of(*first), ElementsAre(5, 4));
  const auto second = read(storage::Scope::platform(), {}, first->next_cursor, 2);
  EXPECT_THAT(seqs_of(*second), ElementsAre(3, 2));
  const auto third = read(storage::Scope::platform(), {}, second->next_cursor, 2);
  EXPECT_THAT(seqs_of(*third), ElementsAre(1));
  EXPECT_THAT(third->next_cursor, IsEmpty());
}

TEST_F(AuditLogTest, has_no_next_page_when_the_last_is_just_full) {
  for (int i = 0; i < 2; ++i) given(event("user.create"));
  EXPECT_THAT(read(storage::Scope::platform(), {}, "", 2)->next_cursor, IsEmpty());
}

TEST_F(AuditLogTest, shows_a_tenant_its_own_entries_only) {
  given(event("user.create", "acme"));
  given(event("user.create", "globex"));
  EXPECT_THAT(seqs_of(*read(storage::Scope::of("acme"), {}, "", 10)), ElementsAre(1));
  AuditFilter of_globex;
  of_globex.tenant = "globex";
  EXPECT_THAT(seqs_of(*read(storage::Scope::platform(), of_globex, "", 10)), ElementsAre(2));
  EXPECT_THAT(seqs_of(*read(storage::Scope::of("acme"), of_globex, "", 10)), IsEmpty());
}

TEST_F(AuditLogTest, filters_by_time_actor_and_action) {
  const WallTime begin = clock.wall();
  given(event("user.create"));
  given(event("api_key.create"));
  given(event("user.update"));
  AuditFilter filter;
  filter.action = "user.*";
  EXPECT_THAT(seqs_of(*read(storage::Scope::platform(), filter, "", 10)), ElementsAre(3, 1));
  filter.to = begin + std::chrono::seconds(2);
  EXPECT_THAT(seqs_of(*read(storage::Scope::platform(), filter, "", 10)), ElementsAre(1));
  filter.actor = "user:nobody";
  EXPECT_THAT(seqs_of(*read(storage::Scope::platform(), filter, "", 10)), IsEmpty());
}

TEST_F(AuditLogTest, refuses_limits_and_cursors_that_are_not_allowed) {
  for (const std::uint32_t limit : {0u, 501u}) {
    EXPECT_EQ(read(storage::Scope::platform(), {}, "", limit).error().code,
              ErrorCode::InvalidParameter);
  }
  for (const char* cursor : {"0", "-1", "x", "1 "}) {
    EXPECT_EQ(read(storage::Scope::platform(), {}, cursor, 10).error().code,
              ErrorCode::InvalidParameter);
  }
}

}  // namespace
}  // namespace apiforge::auth
