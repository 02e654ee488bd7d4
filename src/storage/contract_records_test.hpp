// The contract of stores about records: one at a time, by name, in lists, between tenants. For
// tests.
#pragma once
#include <gmock/gmock.h>

#include "model/identity.hpp"
#include "storage/contract_fixture_test.hpp"

namespace apiforge::storage {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, BeginsWithTheTenantOfAdministratorsAtRevisionOne) {
  const auto transaction = read();
  const auto platform = transaction->find(Kind::Tenant, model::kPlatformTenant);
  ASSERT_TRUE(platform.value());
  EXPECT_EQ((*platform)->tenant, model::kPlatformTenant);
  EXPECT_EQ((*platform)->revision, 1u);
  EXPECT_EQ(transaction->find_by_name(Kind::Tenant, "platform").value(), *platform);
  EXPECT_EQ(transaction->revision().value(), 1u);
}

TEST_P(StoreContract, ReturnsARecordAsItWasInserted) {
  clock_.advance(std::chrono::nanoseconds(1'234'567));
  Record record = user("u1", "acme", {"ann", "ann@example.org", "with \"quotes\", é"});
  record.owner = "someone";
  record.body = R"({"text":"line\nbreak \u0000 ' ; -- :name ? $1 日本","n":-1})";
  record = given(record);
  EXPECT_EQ(record.revision, 2u);
  EXPECT_EQ(record.created_at, std::chrono::floor<std::chrono::milliseconds>(clock_.wall()));
  EXPECT_EQ(record.updated_at, record.created_at);
  EXPECT_EQ(read()->find(Kind::User, "u1").value(), record);
  EXPECT_EQ(read()->find(Kind::Session, "u1").value(), std::nullopt);
  EXPECT_EQ(read()->find(Kind::User, "U1").value(), std::nullopt);
}

TEST_P(StoreContract, HasRoomForALargeBody) {
  Record record = session("s1");
  record.body = "{\"text\":\"" + std::string(2'000'000, 'x') + "\"}";
  record = given(record);
  EXPECT_TRUE(read()->find(Kind::Session, "s1").value() == record);
}

TEST_P(StoreContract, RefusesASecondRecordOfTheSameId) {
  given(session("s1"));
  const auto transaction = write();
  Record again = session("s1", "other");
  EXPECT_EQ(code_of(transaction->insert(again)), ErrorCode::AlreadyExists);
  Record of_another_kind = user("s1", "acme", {});
  EXPECT_TRUE(transaction->insert(of_another_kind));
  EXPECT_TRUE(transaction->commit()) << "a refusal does not end the transaction";
  EXPECT_EQ(read()->find(Kind::Session, "s1").value()->tenant, "acme");
}

TEST_P(StoreContract, RefusesANameThatAnyTenantHas) {
  given(user("u1", "acme", {"ann", "ann@example.org"}));
  const auto transaction = write(Scope::of("globex"));
  Record other = user("u2", "globex", {"annie", "ann@example.org"});
  EXPECT_EQ(code_of(transaction->insert(other)), ErrorCode::AlreadyExists);
  EXPECT_EQ(transaction->find(Kind::User, "u2").value(), std::nullopt);
  EXPECT_EQ(transaction->find_by_name(Kind::User, "annie").value(), std::nullopt);
  other.names = {"annie"};
  EXPECT_TRUE(transaction->insert(other)) << "what was refused has left nothing behind";
  EXPECT_TRUE(transaction->commit());
  EXPECT_EQ(read()->find_by_name(Kind::User, "annie").value()->id, "u2");
  EXPECT_EQ(read()->find_by_name(Kind::User, "ann@example.org").value()->id, "u1");
}

TEST_P(StoreContract, UpdateReplacesBodyOwnerAndNames) {
  Record record = given(user("u1", "acme", {"ann", "a@example.org"}));
  const Record before = record;
  clock_.advance(std::chrono::seconds(5));
  record.names = {"ann", "b@example.org"};
  record.owner = "group";
  record.body = R"({"changed":true})";
  const auto transaction = write();
  ASSERT_TRUE(transaction->update(record));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(record.revision, before.revision + 1);
  EXPECT_EQ(record.created_at, before.created_at);
  EXPECT_EQ(record.updated_at, before.updated_at + std::chrono::seconds(5));
  EXPECT_EQ(read()->find(Kind::User, "u1").value(), record);
  EXPECT_EQ(read()->find_by_name(Kind::User, "a@example.org").value(), std::nullopt);
  EXPECT_EQ(read()->find_by_name(Kind::User, "b@example.org").value(), record);
  given(user("u2", "acme", {"a@example.org"}));
}

TEST_P(StoreContract, UpdateRefusesANameOfAnotherAndChangesNothing) {
  given(user("u1", "globex", {"ann"}));
  const Record bob = given(user("u2", "acme", {"bob"}));
  Record changed = bob;
  changed.names = {"robert", "ann"};
  const auto transaction = write();
  EXPECT_EQ(code_of(transaction->update(changed)), ErrorCode::AlreadyExists);
  EXPECT_TRUE(transaction->commit());
  EXPECT_EQ(read()->find_by_name(Kind::User, "bob").value(), bob);
  EXPECT_EQ(read()->find_by_name(Kind::User, "robert").value(), std::nullopt);
}

TEST_P(StoreContract, UpdateAndRemoveRefuseAnOldRevision) {
  Record record = given(session("s1"));
  Record stale = record;
  const auto transaction = write();
  ASSERT_TRUE(transaction->update(record));
  EXPECT_EQ(code_of(transaction->update(stale)), ErrorCode::VersionConflict);
  EXPECT_EQ(code_of(transaction->remove(Kind::Session, "s1", stale.revision)),
            ErrorCode::VersionConflict);
  EXPECT_TRUE(transaction->remove(Kind::Session, "s1", record.revision));
  EXPECT_EQ(code_of(transaction->update(record)), ErrorCode::NotFound);
  EXPECT_EQ(code_of(transaction->remove(Kind::Session, "s1", record.revision)),
            ErrorCode::NotFound);
}

TEST_P(StoreContract, AnIdAndItsNamesAreFreeAfterRemoval) {
  remove(given(user("u1", "acme", {"ann"})));
  EXPECT_EQ(read()->find(Kind::User, "u1").value(), std::nullopt);
  EXPECT_EQ(read()->find_by_name(Kind::User, "ann").value(), std::nullopt);
  const Record again = given(user("u1", "globex", {"ann"}));
  EXPECT_EQ(read()->find_by_name(Kind::User, "ann").value(), again);
}

TEST_P(StoreContract, WhatBelongsToAnotherTenantDoesNotExist) {
  const Record foreign = given(user("u1", "globex", {"greg"}));
  given(user("u2", "acme", {"ann"}));
  const auto transaction = write(Scope::of("acme"));
  EXPECT_EQ(transaction->find(Kind::User, "u1").value(), std::nullopt);
  EXPECT_EQ(transaction->find_by_name(Kind::User, "greg").value(), std::nullopt);
  EXPECT_THAT(ids_of(transaction->list(Kind::User, {})), ElementsAre("u2"));
  EXPECT_THAT(ids_of(transaction->list(Kind::User, {.tenant = "globex"})), IsEmpty());
  Record changed = foreign;
  EXPECT_EQ(code_of(transaction->update(changed)), ErrorCode::NotFound);
  EXPECT_EQ(code_of(transaction->remove(Kind::User, "u1", foreign.revision)), ErrorCode::NotFound);
  Record planted = session("s1", "globex");
  EXPECT_EQ(code_of(transaction->insert(planted)), ErrorCode::NotFound);
  EXPECT_EQ(transaction->find(Kind::Tenant, "platform").value(), std::nullopt);
}

TEST_P(StoreContract, ListsInTheOrderOfBytesPageByPage) {
  for (const char* id : {"b", "a", "B", "a-1", "a_1", "Z", "10", "9"}) given(session(id));
  const auto transaction = read();
  const auto all = ids_of(transaction->list(Kind::Session, {}));
  EXPECT_THAT(all, ElementsAre("10", "9", "B", "Z", "a", "a-1", "a_1", "b"));
  std::vector<std::string> paged;
  ListQuery query{.limit = 3};
  for (;;) {
    const auto page = ids_of(transaction->list(Kind::Session, query));
    paged.insert(paged.end(), page.begin(), page.end());
    if (page.size() < query.limit) break;
    query.after = page.back();
  }
  EXPECT_EQ(paged, all);
}

TEST_P(StoreContract, ListsByTenantAndOwner) {
  given(session("s1", "acme", "ann"));
  given(session("s2", "acme", "bob"));
  given(session("s3", "globex", "ann"));
  const auto transaction = read();
  EXPECT_THAT(ids_of(transaction->list(Kind::Session, {.owner = "ann"})), ElementsAre("s1", "s3"));
  EXPECT_THAT(ids_of(transaction->list(Kind::Session, {.tenant = "acme"})),
              ElementsAre("s1", "s2"));
  EXPECT_THAT(ids_of(transaction->list(Kind::Session, {.tenant = "acme", .owner = "ann"})),
              ElementsAre("s1"));
  EXPECT_THAT(ids_of(transaction->list(Kind::User, {})), IsEmpty());
}

TEST_P(StoreContract, RefusesTextThatSomeDatabasesCannotHold) {
  const auto transaction = write();
  const std::string with_nul("a\0b", 3);
  for (const std::string& text : {std::string("\xff"), std::string("\xc0\x80"), with_nul,
                                  std::string("\xed\xa0\x80"), std::string("cut \xe2\x82")}) {
    Record record = session(text);
    EXPECT_EQ(code_of(transaction->insert(record)), ErrorCode::InvalidParameter);
    record = user("u1", "acme", {text});
    EXPECT_EQ(code_of(transaction->insert(record)), ErrorCode::InvalidParameter);
    AuditEntry bad = entry(1);
    bad.target = text;
    EXPECT_EQ(code_of(transaction->append_audit(bad)), ErrorCode::InvalidParameter);
    EXPECT_EQ(transaction->find(Kind::Session, text).value(), std::nullopt);
    EXPECT_EQ(transaction->find_by_name(Kind::User, text).value(), std::nullopt);
    EXPECT_THAT(ids_of(transaction->list(Kind::Session, {.owner = text})), IsEmpty());
  }
  Record good = session("s1");
  EXPECT_TRUE(transaction->insert(good));
}

TEST_P(StoreContract, RemembersTheLatestUseOfKeys) {
  const WallTime noon(std::chrono::seconds(1'700'000'000));
  const auto hour = std::chrono::hours(1);
  const std::vector<std::pair<std::string, WallTime>> uses{
      {"k1", noon}, {"k2", noon + hour}, {"k1", noon + hour}, {"k1", noon - hour}};
  const std::vector<std::string> ids{"k2", "unused", "k1"};
  const auto before = revision();
  const auto transaction = write();
  ASSERT_TRUE(transaction->note_last_use(uses));
  ASSERT_TRUE(transaction->commit());
  EXPECT_THAT(read()->last_use(ids).value(), ElementsAre(noon + hour, std::nullopt, noon + hour));
  EXPECT_EQ(revision(), before) << "a hint is no change";
}

}  // namespace apiforge::storage
