#include "auth/audit/audit_verify.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "storage/faulty/faulty_store.hpp"
#include "storage/memory/memory_store.hpp"

namespace apiforge::auth {
namespace {

using storage::AuditCheckpoint;
using storage::AuditEntry;
using testing::HasSubstr;

WallTime at_second(std::uint64_t second) {
  return WallTime(std::chrono::seconds(1'700'000'000 + second));
}

void seal_chain(std::vector<AuditEntry>& entries) {
  std::string previous(kAuditGenesis);
  for (AuditEntry& entry : entries) {
    entry.hash = audit_hash(previous, entry);
    previous = entry.hash;
  }
}

std::vector<AuditEntry> whole_chain(std::uint64_t size) {
  std::vector<AuditEntry> entries(size);
  for (std::uint64_t i = 0; i < size; ++i) {
    AuditEntry& entry = entries[i];
    entry.seq = i + 1;
    entry.at = at_second(i);
    entry.tenant = "acme";
    entry.actor = "user:ann";
    entry.action = "user.update";
    entry.target = "user:" + std::to_string(i);
    entry.outcome = "ok";
    entry.client = "10.0.0.1";
    entry.details = "{}";
  }
  seal_chain(entries);
  return entries;
}

class AuditChainCheckTest : public testing::Test {
 protected:
  AuditReport check(const std::vector<AuditEntry>& entries) const {
    AuditChainCheck check(signer.public_key(), checkpoints);
    for (const AuditEntry& entry : entries) {
      if (!check.see(entry)) break;
    }
    return std::move(check).finish();
  }
  void given_checkpoint(const std::vector<AuditEntry>& entries, std::uint64_t seq) {
    checkpoints.push_back(signer.sign(seq, entries[seq - 1].hash, at_second(seq)));
  }
  static void expect_bad(const AuditReport& report, std::uint64_t seq, std::string_view reason) {
    EXPECT_FALSE(report.ok);
    EXPECT_EQ(report.first_bad_seq, seq);
    EXPECT_THAT(report.reason, HasSubstr(reason));
  }

  const CheckpointSigner signer{Secret(std::string(32, 's'))};
  std::vector<AuditCheckpoint> checkpoints;
};

TEST_F(AuditChainCheckTest, finds_nothing_in_a_whole_chain) {
  const auto entries = whole_chain(100);
  given_checkpoint(entries, 40);
  given_checkpoint(entries, 90);
  const AuditReport report = check(entries);
  EXPECT_TRUE(report.ok) << report.reason;
  EXPECT_EQ(report.entries, 100u);
  EXPECT_EQ(report.checkpoints, 2u);
  EXPECT_EQ(report.covered, 90u);
}

TEST_F(AuditChainCheckTest, finds_nothing_in_an_empty_log) {
  EXPECT_TRUE(check({}).ok);
}

TEST_F(AuditChainCheckTest, names_the_entry_of_which_any_column_was_altered) {
  const std::vector<std::function<void(AuditEntry&)>> alterations{
      [](AuditEntry& entry) { entry.at += std::chrono::milliseconds(1); },
      [](AuditEntry& entry) { entry.tenant = "globex"; },
      [](AuditEntry& entry) { entry.actor = "user:eve"; },
      [](AuditEntry& entry) { entry.action = "user.create"; },
      [](AuditEntry& entry) { entry.target = "user:eve"; },
      [](AuditEntry& entry) { entry.outcome = "forbidden"; },
      [](AuditEntry& entry) { entry.client = "10.0.0.2"; },
      [](AuditEntry& entry) { entry.details = "{ }"; },
      [](AuditEntry& entry) { entry.hash[0] = entry.hash[0] == '0' ? '1' : '0'; },
  };
  for (std::size_t i = 0; i < alterations.size(); ++i) {
    for (const std::uint64_t seq : {1u, 5u, 10u}) {
      auto entries = whole_chain(10);
      alterations[i](entries[seq - 1]);
      SCOPED_TRACE(testing::Message() << "alteration " << i << " of entry " << seq);
      expect_bad(check(entries), seq, "was altered");
    }
  }
}

TEST_F(AuditChainCheckTest, names_the_first_entry_that_was_taken_out) {
  auto entries = whole_chain(10);
  entries.erase(entries.begin());
  expect_bad(check(entries), 1, "Entry 1 is missing");

  entries = whole_chain(10);
  entries.erase(entries.begin() + 4, entries.begin() + 7);
  expect_bad(check(entries), 5, "Entries 5 to 7 are missing");
}

TEST_F(AuditChainCheckTest, finds_an_entry_that_was_taken_out_and_the_rest_renumbered) {
  auto entries = whole_chain(10);
  entries.erase(entries.begin() + 4);
  for (std::size_t i = 4; i < entries.size(); ++i) entries[i].seq = i + 1;
  expect_bad(check(entries), 5, "altered or put elsewhere");
}

TEST_F(AuditChainCheckTest, finds_entries_that_changed_places) {
  auto entries = whole_chain(10);
  std::swap(entries[3], entries[6]);
  expect_bad(check(entries), 4, "are missing");

  std::swap(entries[3].seq, entries[6].seq);
  expect_bad(check(entries), 4, "altered or put elsewhere");
}

TEST_F(AuditChainCheckTest, finds_an_entry_that_is_there_twice) {
  auto entries = whole_chain(10);
  entries.insert(entries.begin() + 4, entries[3]);
  expect_bad(check(entries), 5, "Entry 4 stands in the place of entry 5");
}

TEST_F(AuditChainCheckTest, finds_a_cut_end_by_a_checkpoint_only) {
  auto entries = whole_chain(10);
  const auto original = entries;
  entries.resize(7);
  EXPECT_TRUE(check(entries).ok);
  given_checkpoint(original, 10);
  expect_bad(check(entries), 8, "Entries 8 to 10 were cut off");
  expect_bad(check({}), 1, "Entries 1 to 10 were cut off");
}

TEST_F(AuditChainCheckTest, finds_a_chain_that_was_written_anew_by_a_checkpoint_only) {
  auto entries = whole_chain(10);
  const auto original = entries;
  entries[5].actor = "user:eve";
  seal_chain(entries);
  EXPECT_TRUE(check(entries).ok);
  given_checkpoint(original, 4);
  given_checkpoint(original, 8);
  expect_bad(check(entries), 5, "were written anew");
}

TEST_F(AuditChainCheckTest, takes_no_checkpoint_of_another_key) {
  auto entries = whole_chain(10);
  const CheckpointSigner intruder{Secret(std::string(32, 'i'))};
  entries[5].actor = "user:eve";
  seal_chain(entries);
  checkpoints.push_back(intruder.sign(8, entries[7].hash, at_second(8)));
  expect_bad(check(entries), 8, "not signed by this installation's key");
}

TEST_F(AuditChainCheckTest, takes_no_altered_checkpoint) {
  const auto entries = whole_chain(10);
  given_checkpoint(entries, 8);
  const AuditCheckpoint good = checkpoints.front();
  for (const std::function<void(AuditCheckpoint&)>& alter :
       std::vector<std::function<void(AuditCheckpoint&)>>{
           [](AuditCheckpoint& checkpoint) { checkpoint.seq = 7; },
           [](AuditCheckpoint& checkpoint) { checkpoint.hash = std::string(64, 'a'); },
           [](AuditCheckpoint& checkpoint) { checkpoint.at += std::chrono::seconds(1); },
           [](AuditCheckpoint& checkpoint) { checkpoint.signature.clear(); },
           [](AuditCheckpoint& checkpoint) { checkpoint.signature.pop_back(); },
           [](AuditCheckpoint& checkpoint) { checkpoint.signature += "00"; },
           [](AuditCheckpoint& checkpoint) { checkpoint.signature[0] = 'x'; }}) {
    checkpoints.front() = good;
    alter(checkpoints.front());
    EXPECT_FALSE(check(entries).ok);
  }
}

class AuditVerificationTest : public testing::Test {
 protected:
  ~AuditVerificationTest() override { std::filesystem::remove_all(folder); }

  static std::filesystem::path new_folder() {
    std::string name = testing::TempDir() + "apiforge-XXXXXX";
    return mkdtemp(name.data());
  }

  void given_entries(int count) {
    const auto transaction = *store.begin(storage::Scope::platform(), storage::Mode::Write);
    for (int i = 0; i < count; ++i) {
      AuditEvent event;
      event.tenant = "acme";
      event.actor = "user:ann";
      event.action = "user.update";
      ASSERT_TRUE(append_audit(*transaction, event, clock.wall()));
    }
    ASSERT_TRUE(transaction->commit());
  }
  AuditReport verify() {
    const CheckpointFile file(path);
    auto report = verify_audit(store, signer.public_key(), &file);
    EXPECT_TRUE(report) << report.error().detail;
    return *std::move(report);
  }
  bool tick() {
    const auto written = checkpointer.tick(clock.now(), clock.wall());
    EXPECT_TRUE(written) << written.error().detail;
    return *written;
  }

  const std::filesystem::path folder = new_folder();
  const std::string path = folder / "audit-checkpoints.log";
  SimulatedClock clock;
  storage::MemoryStore store{clock};
  const CheckpointSigner signer{Secret(std::string(32, 's'))};
  Checkpointer checkpointer{store, signer, CheckpointFile(path)};
};

TEST_F(AuditVerificationTest, covers_the_log_with_checkpoints_in_store_and_file) {
  given_entries(1000);
  EXPECT_TRUE(tick());
  EXPECT_FALSE(tick());
  given_entries(3);
  EXPECT_FALSE(tick());
  clock.advance(std::chrono::seconds(60));
  EXPECT_TRUE(tick());
  const AuditReport report = verify();
  EXPECT_TRUE(report.ok) << report.reason;
  EXPECT_EQ(report.entries, 1003u);
  EXPECT_EQ(report.checkpoints, 4u);
  EXPECT_EQ(report.covered, 1003u);
}

TEST_F(AuditVerificationTest, writes_nothing_while_nothing_happens) {
  EXPECT_FALSE(tick());
  clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(tick());
  EXPECT_FALSE(*checkpointer.write_now(clock.wall()));
}

TEST_F(AuditVerificationTest, covers_the_end_before_a_clean_stop) {
  given_entries(2);
  EXPECT_TRUE(*checkpointer.write_now(clock.wall()));
  EXPECT_FALSE(*checkpointer.write_now(clock.wall()));
  EXPECT_EQ(verify().covered, 2u);
}

TEST_F(AuditVerificationTest, goes_on_where_the_last_process_ended) {
  given_entries(1000);
  ASSERT_TRUE(tick());
  Checkpointer next(store, signer, CheckpointFile(path));
  EXPECT_FALSE(*next.tick(clock.now(), clock.wall()));
}

TEST_F(AuditVerificationTest, notices_a_database_that_was_put_back_by_the_file) {
  given_entries(1000);
  ASSERT_TRUE(tick());
  storage::MemoryStore emptied(clock);
  const CheckpointFile file(path);
  const auto report = verify_audit(emptied, signer.public_key(), &file);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->ok);
  EXPECT_EQ(report->first_bad_seq, 1u);
  EXPECT_THAT(report->reason, HasSubstr("cut off"));
}

TEST_F(AuditVerificationTest, is_still_due_after_the_file_could_not_be_written) {
  given_entries(1000);
  Checkpointer unlucky(store, signer, CheckpointFile(folder / "no such folder" / "file"));
  const auto failed = unlucky.tick(clock.now(), clock.wall());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::StorageUnavailable);
  std::filesystem::create_directory(folder / "no such folder");
  EXPECT_TRUE(*unlucky.tick(clock.now(), clock.wall()));
}

TEST_F(AuditVerificationTest, covers_the_log_in_the_end_wherever_the_database_fails) {
  storage::FaultyStore faulty(store);
  Checkpointer unlucky(faulty, signer, CheckpointFile(path), {.entries = 1});
  std::size_t struck = 1;
  for (std::size_t n = 1; struck > 0; ++n) {
    given_entries(1);
    faulty.fail_nth(n);
    const auto written = unlucky.tick(clock.now(), clock.wall());
    struck = faulty.faults();
    EXPECT_EQ(written.has_value(), struck == 0);
    if (!written) {
      EXPECT_TRUE(*unlucky.tick(clock.now(), clock.wall()));
    }
    const AuditReport report = verify();
    EXPECT_TRUE(report.ok) << report.reason;
    EXPECT_EQ(report.covered, report.entries);
  }
}

TEST_F(AuditVerificationTest, does_not_call_a_log_bad_that_it_could_not_read) {
  given_entries(1);
  storage::FaultyStore faulty(store);
  std::size_t struck = 1;
  for (std::size_t n = 1; struck > 0; ++n) {
    faulty.fail_nth(n);
    const auto report = verify_audit(faulty, signer.public_key(), nullptr);
    struck = faulty.faults();
    EXPECT_EQ(report.has_value(), struck == 0);
    if (report) {
      EXPECT_TRUE(report->ok);
    }
  }
}

}  // namespace
}  // namespace apiforge::auth
