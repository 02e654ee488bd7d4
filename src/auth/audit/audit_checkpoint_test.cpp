#include "auth/audit/audit_checkpoint.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace apiforge::auth {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class CheckpointScheduleTest : public testing::Test {
 protected:
  bool due(std::uint64_t end) { return schedule.update(clock.now(), end); }

  SimulatedClock clock;
  CheckpointSchedule schedule{{}, 0};
};

TEST_F(CheckpointScheduleTest, waits_for_a_first_entry) {
  clock.advance(std::chrono::hours(24));
  EXPECT_FALSE(due(0));
}

TEST_F(CheckpointScheduleTest, is_due_after_a_thousand_entries) {
  EXPECT_FALSE(due(999));
  EXPECT_TRUE(due(1000));
  EXPECT_TRUE(due(1000)) << "until it is written";
  schedule.written(1000);
  EXPECT_FALSE(due(1999));
  EXPECT_TRUE(due(2000));
}

TEST_F(CheckpointScheduleTest, is_due_a_minute_after_the_first_uncovered_entry) {
  EXPECT_FALSE(due(1));
  clock.advance(std::chrono::milliseconds(59'999));
  EXPECT_FALSE(due(2));
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(due(2));
  schedule.written(2);
  clock.advance(std::chrono::hours(1));
  EXPECT_FALSE(due(2));
  EXPECT_FALSE(due(3)) << "the minute begins with the entry";
}

TEST_F(CheckpointScheduleTest, leaves_nothing_uncovered_for_longer_than_its_rule) {
  std::uint64_t end = 0;
  std::uint64_t covered = 0;
  MonotonicTime uncovered_since = clock.now();
  for (int second = 0; second < 100'000; ++second) {
    end += static_cast<std::uint64_t>(second % 97 == 0 ? second % 400 : 0);
    if (due(end)) {
      schedule.written(end);
      covered = end;
    }
    if (covered == end) uncovered_since = clock.now() + std::chrono::seconds(1);
    ASSERT_LT(end - covered, 1000u);
    ASSERT_LE(clock.now() - uncovered_since, std::chrono::seconds(60));
    clock.advance(std::chrono::seconds(1));
  }
}

class CheckpointFileTest : public testing::Test {
 protected:
  ~CheckpointFileTest() override { std::filesystem::remove_all(folder); }

  static std::filesystem::path new_folder() {
    std::string name = testing::TempDir() + "apiforge-XXXXXX";
    return mkdtemp(name.data());
  }

  storage::AuditCheckpoint checkpoint(std::uint64_t seq) const {
    return signer.sign(seq, std::string(64, 'a'), WallTime(std::chrono::seconds(seq)));
  }
  void append_text(std::string_view text) const {
    std::ofstream(path, std::ios::app | std::ios::binary) << text;
  }

  const std::filesystem::path folder = new_folder();
  const std::string path = folder / "audit-checkpoints.log";
  const CheckpointFile file{path};
  const CheckpointSigner signer{Secret(std::string(32, 's'))};
};

TEST_F(CheckpointFileTest, is_empty_before_it_is_there) {
  EXPECT_THAT(*file.read(), IsEmpty());
}

TEST_F(CheckpointFileTest, reads_what_was_appended) {
  for (std::uint64_t seq = 1; seq <= 5; ++seq) ASSERT_TRUE(file.append(checkpoint(seq)));
  const auto checkpoints = file.read();
  ASSERT_TRUE(checkpoints) << checkpoints.error().detail;
  ASSERT_EQ(checkpoints->size(), 5u);
  EXPECT_EQ(checkpoints->at(0), checkpoint(1));
  EXPECT_EQ(checkpoints->at(4), checkpoint(5));
  EXPECT_TRUE(is_signed_by(signer.public_key(), checkpoints->at(4)));
}

TEST_F(CheckpointFileTest, reads_a_file_of_many_lines) {
  ASSERT_TRUE(file.append(checkpoint(1)));
  std::string line;
  std::getline(std::ifstream(path), line);
  std::string lines;
  for (int i = 0; i < 5000; ++i) lines += line + '\n';
  append_text(lines);
  const auto checkpoints = file.read();
  ASSERT_TRUE(checkpoints) << checkpoints.error().detail;
  EXPECT_EQ(checkpoints->size(), 5001u);
  EXPECT_EQ(checkpoints->back(), checkpoint(1));
}

TEST_F(CheckpointFileTest, skips_and_removes_a_line_that_a_crash_cut_off) {
  ASSERT_TRUE(file.append(checkpoint(1)));
  append_text("2 aaaa");
  EXPECT_EQ(file.read()->size(), 1u);
  ASSERT_TRUE(file.append(checkpoint(3)));
  const auto checkpoints = file.read();
  ASSERT_TRUE(checkpoints) << checkpoints.error().detail;
  ASSERT_EQ(checkpoints->size(), 2u);
  EXPECT_EQ(checkpoints->at(1), checkpoint(3));
}

TEST_F(CheckpointFileTest, removes_a_cut_line_that_is_all_there_is) {
  append_text("1 aaaa");
  ASSERT_TRUE(file.append(checkpoint(1)));
  EXPECT_EQ(file.read()->size(), 1u);
}

TEST_F(CheckpointFileTest, names_a_line_that_is_no_checkpoint) {
  for (const char* line : {"nonsense\n", "\n", "1 a b c\n", "1 a 2\n", "1 a 2 c d\n",
                           "99999999999999999999 a 2 c\n", "1 a 9999999999999999 c\n"}) {
    std::filesystem::remove(path);
    ASSERT_TRUE(file.append(checkpoint(1)));
    append_text(line);
    const auto checkpoints = file.read();
    ASSERT_FALSE(checkpoints) << line;
    EXPECT_EQ(checkpoints.error().code, ErrorCode::SealedDataUnreadable);
    EXPECT_THAT(checkpoints.error().detail, HasSubstr("Line 2"));
  }
}

TEST_F(CheckpointFileTest, bounds_a_line_that_has_no_end) {
  append_text(std::string(1 << 20, 'x'));
  EXPECT_FALSE(file.read());
}

}  // namespace
}  // namespace apiforge::auth
