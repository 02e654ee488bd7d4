#include "storage/sql/backup.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "support/temporary_folder.hpp"

namespace apiforge::storage {
namespace {

using testing::HasSubstr;
using testing_support::TemporaryFolder;

class BackupTest : public testing::Test {
 protected:
  BackupTest() { settings_.data_dir = folder_.file("data"); }
  std::unique_ptr<SqlStore> open() { return SqlStore::open(settings_, clock_).value(); }
  static void store_session(Store& store, std::string id) {
    auto transaction = store.begin(Scope::platform(), Mode::Write);
    Record record;
    record.kind = Kind::Session;
    record.id = std::move(id);
    record.tenant = "acme";
    ASSERT_TRUE(transaction.value()->insert(record));
    ASSERT_TRUE(transaction.value()->commit());
  }
  static bool has_session(Store& store, std::string_view id) {
    auto transaction = store.begin(Scope::platform(), Mode::Read);
    return transaction.value()->find(Kind::Session, id).value().has_value();
  }
  std::string database() const { return folder_.file("data/apiforge.db"); }

  TemporaryFolder folder_;
  SimulatedClock clock_;
  SqlSettings settings_;
  std::string copy_ = folder_.file("copy.db");
};

TEST_F(BackupTest, IsTakenWhileAServerWritesAndBringsBackWhatWasThere) {
  auto store = open();
  store_session(*store, "before");
  auto open_transaction = store->begin(Scope::platform(), Mode::Write);
  const auto done = backup(settings_, copy_);
  ASSERT_TRUE(done) << done.error().context;
  struct stat status{};
  ASSERT_EQ(::stat(copy_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0077, 0u);
  open_transaction->reset();
  store_session(*store, "after");
  store.reset();

  const auto restored = restore(settings_, copy_);
  ASSERT_TRUE(restored) << restored.error().context;
  store = open();
  EXPECT_TRUE(has_session(*store, "before"));
  EXPECT_FALSE(has_session(*store, "after"));
  store_session(*store, "again");
  store.reset();

  settings_.url = Secret("sqlite:///" + database() + ".before-restore");
  EXPECT_TRUE(has_session(*open(), "after")) << "the former one is kept, whole";
}

TEST_F(BackupTest, BringsBackWhatQuotasHaveCounted) {
  const UsageKey key{.quota = "acme/orders", .subject = "ann", .tenant = "acme"};
  const auto take = [&](std::int64_t units) {
    const auto store = open();
    const auto transaction = store->begin(Scope::platform(), Mode::Count);
    const auto taken = (*transaction)->take_usage(key, units, 10).value();
    EXPECT_TRUE((*transaction)->commit());
    return taken.units;
  };
  ASSERT_EQ(take(4), 4);
  ASSERT_TRUE(backup(settings_, copy_));
  ASSERT_EQ(take(6), 6);
  ASSERT_TRUE(restore(settings_, copy_));
  EXPECT_EQ(take(10), 6);
}

TEST_F(BackupTest, LeavesNothingElseBehind) {
  open();
  ASSERT_TRUE(backup(settings_, copy_));
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const auto name = entry.path().filename();
    EXPECT_TRUE(name == "copy.db" || name == "data") << name;
  }
}

TEST_F(BackupTest, NeverReplacesAFile) {
  open();
  folder_.write("copy.db", "something");
  const auto done = backup(settings_, copy_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::AlreadyExists);
  EXPECT_EQ(folder_.read("copy.db"), "something");
}

TEST_F(BackupTest, RestoreRefusesWhileAServerRuns) {
  const auto store = open();
  ASSERT_TRUE(backup(settings_, copy_));
  const auto done = restore(settings_, copy_);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().detail, HasSubstr("uses this database"));
}

TEST_F(BackupTest, RestoreRefusesWhatIsNoBackup) {
  store_session(*open(), "s1");
  folder_.write("text", "not a database at all, and long enough to be looked at as one");
  EXPECT_FALSE(restore(settings_, folder_.file("text")));
  EXPECT_FALSE(restore(settings_, folder_.file("missing")));
  folder_.write("empty", "");
  const auto done = restore(settings_, folder_.file("empty"));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::InvalidParameter);
  EXPECT_TRUE(has_session(*open(), "s1"));
}

TEST_F(BackupTest, RestoreWorksWithoutAFormerDatabaseAndOverABrokenOne) {
  store_session(*open(), "s1");
  ASSERT_TRUE(backup(settings_, copy_));
  std::filesystem::remove_all(folder_.file("data"));
  std::filesystem::create_directory(folder_.file("data"));
  ASSERT_TRUE(restore(settings_, copy_));
  EXPECT_TRUE(has_session(*open(), "s1"));
  folder_.write("data/apiforge.db", std::string(10'000, 'x'));
  ASSERT_TRUE(restore(settings_, copy_));
  EXPECT_TRUE(has_session(*open(), "s1"));
}

TEST_F(BackupTest, ForPostgresqlItNamesTheToolThatDoesIt) {
  settings_.url = Secret("postgresql://user:hidden@127.0.0.1/none");
  const auto done = backup(settings_, copy_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::InvalidParameter);
  EXPECT_THAT(done.error().detail, HasSubstr("pg_dump"));
  EXPECT_THAT(restore(settings_, copy_).error().detail, HasSubstr("pg_restore"));
}

}  // namespace
}  // namespace apiforge::storage
