// The contract of stores about the audit log. For tests.
#pragma once
#include <gmock/gmock.h>

#include "storage/contract_fixture_test.hpp"

namespace apiforge::storage {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreContract, AuditBeginsAtOneAndHasNoGaps) {
  const auto transaction = write();
  EXPECT_EQ(transaction->lock_audit_end().value().seq, 0u);
  EXPECT_EQ(transaction->lock_audit_end().value().hash, "");
  EXPECT_FALSE(transaction->append_audit(entry(2)));
  ASSERT_TRUE(transaction->append_audit(entry(1)));
  EXPECT_FALSE(transaction->append_audit(entry(1)));
  EXPECT_FALSE(transaction->append_audit(entry(3)));
  ASSERT_TRUE(transaction->append_audit(entry(2)));
  EXPECT_EQ(transaction->lock_audit_end().value().seq, 2u);
  ASSERT_TRUE(transaction->commit());
  const auto next = write();
  EXPECT_EQ(next->lock_audit_end().value().seq, 2u);
  EXPECT_EQ(next->lock_audit_end().value().hash, "hash-2");
}

TEST_P(StoreContract, ReturnsAuditEntriesAsTheyWereWritten) {
  AuditEntry written = entry(1);
  written.details = R"({"before":{"é":1},"after":null})";
  given_audit({written});
  EXPECT_THAT(read()->list_audit({}).value(), ElementsAre(written));
}

TEST_P(StoreContract, ListsAuditFromTheNewestWithFilters) {
  AuditEntry refused = entry(2);
  refused.action = "access.refused";
  refused.actor = "key:k1";
  AuditEntry foreign = entry(3, "globex");
  AuditEntry changed = entry(4);
  changed.action = "user.update";
  AuditEntry similar = entry(5);
  similar.action = "users";
  given_audit({entry(1), refused, foreign, changed, similar});
  const auto transaction = read();
  const auto seqs = [&](const AuditQuery& query) {
    return seqs_of(transaction->list_audit(query));
  };
  EXPECT_THAT(seqs({}), ElementsAre(5, 4, 3, 2, 1));
  EXPECT_THAT(seqs({.limit = 2}), ElementsAre(5, 4));
  EXPECT_THAT(seqs({.before_seq = 4, .limit = 2}), ElementsAre(3, 2));
  EXPECT_THAT(seqs({.tenant = "globex"}), ElementsAre(3));
  EXPECT_THAT(seqs({.actor = "key:k1"}), ElementsAre(2));
  EXPECT_THAT(seqs({.action = "user.create"}), ElementsAre(3, 1));
  EXPECT_THAT(seqs({.action = "user.*"}), ElementsAre(4, 3, 1));
  EXPECT_THAT(seqs({.action = "user%*"}), IsEmpty());
  EXPECT_THAT(seqs({.from = entry(2).at, .to = entry(4).at}), ElementsAre(3, 2));
  EXPECT_THAT(seqs({.actor = "user:'; DROP TABLE audit --"}), IsEmpty());
}

TEST_P(StoreContract, AuditOfOtherTenantsIsInvisible) {
  given_audit({entry(1, "acme"), entry(2, "globex")});
  const auto transaction = read(Scope::of("acme"));
  EXPECT_THAT(seqs_of(transaction->list_audit({})), ElementsAre(1));
  EXPECT_THAT(seqs_of(transaction->list_audit({.tenant = "globex"})), IsEmpty());
  EXPECT_FALSE(transaction->for_each_audit(1, [](const AuditEntry&) { return true; }))
      << "a part of the chain cannot be verified";
}

TEST_P(StoreContract, ATenantsTransactionWritesAuditOfAnyTenant) {
  given_audit({entry(1, "globex")});
  const auto transaction = write(Scope::of("acme"));
  EXPECT_EQ(transaction->lock_audit_end().value().hash, "hash-1");
  EXPECT_TRUE(transaction->append_audit(entry(2, "acme")));
  EXPECT_TRUE(transaction->append_audit(entry(3, "")));
  EXPECT_TRUE(transaction->commit());
  EXPECT_THAT(seqs_of(read()->list_audit({})), ElementsAre(3, 2, 1));
}

TEST_P(StoreContract, WalksTheWholeAuditUntilToldToStop) {
  constexpr std::uint64_t kEntries = 4'200;
  std::vector<AuditEntry> entries;
  for (std::uint64_t seq = 1; seq <= kEntries; ++seq) entries.push_back(entry(seq));
  given_audit(entries);
  std::uint64_t expected = 1;
  ASSERT_TRUE(
      read()->for_each_audit(1, [&](const AuditEntry& entry) { return entry.seq == expected++; }));
  EXPECT_EQ(expected, kEntries + 1);
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE(read()->for_each_audit(10, [&](const AuditEntry& entry) {
    seen.push_back(entry.seq);
    return entry.seq < 12;
  }));
  EXPECT_THAT(seen, ElementsAre(10, 11, 12));
}

TEST_P(StoreContract, KeepsCheckpointsInTheirOrder) {
  const WallTime at(std::chrono::seconds(1'700'000'000));
  const AuditCheckpoint later{.seq = 2'000, .hash = "b", .at = at, .signature = "s2"};
  const AuditCheckpoint earlier{.seq = 1'000, .hash = "a", .at = at, .signature = "s1"};
  const auto transaction = write();
  ASSERT_TRUE(transaction->add_checkpoint(later));
  ASSERT_TRUE(transaction->add_checkpoint(earlier));
  EXPECT_EQ(code_of(transaction->add_checkpoint(earlier)), ErrorCode::AlreadyExists);
  ASSERT_TRUE(transaction->commit());
  EXPECT_THAT(read()->list_checkpoints().value(), ElementsAre(earlier, later));
}

}  // namespace apiforge::storage
