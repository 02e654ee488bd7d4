// The contract of stores about transactions: their end, the order of changes, what is forgotten.
// For tests.
#pragma once
#include <gmock/gmock.h>

#include "storage/contract_fixture_test.hpp"

namespace apiforge::storage {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, ForgetsWhatWasNotCommitted) {
  const Record kept = given(session("kept"));
  {
    const auto transaction = write();
    Record record = user("u1", "acme", {"ann"});
    ASSERT_TRUE(transaction->insert(record));
    ASSERT_TRUE(transaction->remove(Kind::Session, "kept", kept.revision));
    ASSERT_TRUE(transaction->append_audit(entry(1)));
    EXPECT_TRUE(transaction->find(Kind::User, "u1").value()) << "it sees its own changes";
  }
  EXPECT_EQ(read()->find(Kind::User, "u1").value(), std::nullopt);
  EXPECT_EQ(read()->find_by_name(Kind::User, "ann").value(), std::nullopt);
  EXPECT_EQ(read()->find(Kind::Session, "kept").value(), kept);
  EXPECT_THAT(seqs_of(read()->list_audit({})), IsEmpty());
  EXPECT_EQ(revision(), kept.revision);
  EXPECT_EQ(given(session("next")).revision, kept.revision + 1) << "revisions have no gaps";
}

TEST_P(StoreContract, KeepsWhatWasCommittedWhenItIsOpenedAgain) {
  const Record record = given(user("u1", "acme", {"ann"}));
  given_audit({entry(1)});
  under_test_->reopen();
  EXPECT_EQ(read()->find_by_name(Kind::User, "ann").value(), record);
  EXPECT_EQ(write()->lock_audit_end().value().hash, "hash-1");
  EXPECT_EQ(given(session("s1")).revision, record.revision + 1);
}

TEST_P(StoreContract, AReaderSeesOneStateWhateverOthersCommit) {
  Record record = given(session("s1"));
  const auto reader = read();
  const Record before = reader->find(Kind::Session, "s1").value().value();
  {
    const auto writer = write();
    record.body = R"({"later":true})";
    ASSERT_TRUE(writer->update(record));
    Record another = session("s2");
    ASSERT_TRUE(writer->insert(another));
    EXPECT_EQ(reader->find(Kind::Session, "s1").value(), before) << "before the commit";
    ASSERT_TRUE(writer->commit());
  }
  EXPECT_EQ(reader->find(Kind::Session, "s1").value(), before);
  EXPECT_THAT(ids_of(reader->list(Kind::Session, {})), ElementsAre("s1"));
  EXPECT_EQ(reader->revision().value(), before.revision);
  EXPECT_EQ(read()->find(Kind::Session, "s1").value(), record);
}

TEST_P(StoreContract, AReaderCannotChangeAnything) {
  const Record record = given(session("s1"));
  const auto reader = read();
  Record changed = record;
  EXPECT_FALSE(reader->insert(changed));
  EXPECT_FALSE(reader->update(changed));
  EXPECT_FALSE(reader->remove(Kind::Session, "s1", record.revision));
  EXPECT_FALSE(reader->append_audit(entry(1)));
  EXPECT_FALSE(reader->lock_audit_end());
  EXPECT_FALSE(reader->purge(Kind::Session, clock_.wall()));
  EXPECT_TRUE(reader->commit());
}

TEST_P(StoreContract, TellsChangesInTheirOrderWithRemovals) {
  const Record s1 = given(session("s1"));
  Record s2 = given(session("s2"));
  given(user("u1", "acme", {"ann"}));
  const auto middle = revision();
  remove(s1);
  {
    const auto transaction = write();
    ASSERT_TRUE(transaction->update(s2));
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_THAT(changes_since(0), ElementsAre("user:u1", "-session:s1", "session:s2"));
  EXPECT_THAT(changes_since(middle), ElementsAre("-session:s1", "session:s2"));
  EXPECT_THAT(changes_since(middle, Scope::platform(), {Kind::User}), IsEmpty());
  EXPECT_THAT(changes_since(revision()), IsEmpty());
  given(session("s1"));
  EXPECT_THAT(changes_since(middle), ElementsAre("-session:s1", "session:s2", "session:s1"));
}

TEST_P(StoreContract, TellsAChangedRecordWhole) {
  const Record record = given(user("u1", "acme", {"ann"}));
  Record removed = given(session("s1"));
  clock_.advance(std::chrono::seconds(1));
  remove(removed);
  std::vector<Record> changes;
  const std::vector kinds{Kind::User, Kind::Session};
  ASSERT_TRUE(read()->for_each_change(
      kinds, 1, [&](Record change) { changes.push_back(std::move(change)); }));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0], record);
  EXPECT_EQ(changes[1].id, "s1");
  EXPECT_EQ(changes[1].tenant, "acme");
  EXPECT_EQ(changes[1].revision, removed.revision + 1);
  EXPECT_EQ(changes[1].updated_at, removed.updated_at + std::chrono::seconds(1));
  EXPECT_EQ(changes[1].body, "");
}

TEST_P(StoreContract, TellsChangesOfTheScopeOnly) {
  given(session("s1", "acme"));
  remove(given(session("s2", "globex")));
  remove(given(session("s3", "acme")));
  given(session("s4", "globex"));
  EXPECT_THAT(changes_since(0, Scope::of("acme")), ElementsAre("session:s1", "-session:s3"));
}

TEST_P(StoreContract, TellsMoreChangesThanFitOnePage) {
  constexpr int kRecords = 4'500;
  const auto transaction = write();
  for (int i = 0; i < kRecords; ++i) {
    Record record = session("s" + std::to_string(i));
    ASSERT_TRUE(transaction->insert(record));
  }
  ASSERT_TRUE(transaction->commit());
  const auto changes = changes_since(0);
  ASSERT_EQ(changes.size(), static_cast<std::size_t>(kRecords));
  EXPECT_EQ(changes.front(), "session:s0");
  EXPECT_EQ(changes[2'000], "session:s2000");
  EXPECT_EQ(changes.back(), "session:s4499");
}

TEST_P(StoreContract, PurgesWhatIsOldAsIfItWereRemoved) {
  given(session("old", "acme"));
  given(user("u1", "acme", {"ann"}));
  Record renewed = given(session("renewed"));
  clock_.advance(std::chrono::hours(2));
  given(session("new"));
  const auto before = revision();
  const auto transaction = write();
  ASSERT_TRUE(transaction->update(renewed));
  EXPECT_EQ(transaction->purge(Kind::Session, clock_.wall() - std::chrono::hours(1)).value(), 1u);
  ASSERT_TRUE(transaction->commit());
  EXPECT_THAT(ids_of(read()->list(Kind::Session, {})), ElementsAre("new", "renewed"));
  EXPECT_TRUE(read()->find_by_name(Kind::User, "ann").value());
  EXPECT_THAT(changes_since(before), ElementsAre("session:renewed", "-session:old"));
}

TEST_P(StoreContract, PurgeFreesNamesAndKeepsToItsScope) {
  given(user("u1", "acme", {"ann"}));
  given(user("u2", "globex", {"greg"}));
  clock_.advance(std::chrono::hours(1));
  const auto transaction = write(Scope::of("acme"));
  EXPECT_EQ(transaction->purge(Kind::User, clock_.wall()).value(), 1u);
  ASSERT_TRUE(transaction->commit());
  given(user("u3", "acme", {"ann"}));
  EXPECT_TRUE(read()->find_by_name(Kind::User, "greg").value());
}

TEST_P(StoreContract, SaysWhenRemovalsAreForgotten) {
  const Record s1 = given(session("s1"));
  const auto seen_before = revision();
  remove(s1);
  const auto seen_after = revision();
  clock_.advance(std::chrono::hours(2));
  given(session("s2"));
  const auto transaction = write();
  EXPECT_EQ(transaction->purge(Kind::Session, clock_.wall() - std::chrono::hours(1)).value(), 0u);
  ASSERT_TRUE(transaction->commit());
  const std::vector kinds{Kind::Session};
  EXPECT_EQ(code_of(read()->for_each_change(kinds, seen_before, [](const Record&) {})),
            ErrorCode::InvalidParameter);
  EXPECT_THAT(changes_since(seen_after), ElementsAre("session:s2"));
  EXPECT_THAT(changes_since(0), ElementsAre("session:s2")) << "from the beginning is always right";
}

}  // namespace apiforge::storage
