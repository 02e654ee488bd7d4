// What is particular to SQLite: the file, the lock on it, its migrations.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "storage/sql/detail/migrations.hpp"
#include "storage/sql/detail/sql_url.hpp"
#include "storage/sql/detail/sqlite_file.hpp"
#include "storage/sql/sql_store.hpp"
#include "support/temporary_folder.hpp"

namespace apiforge::storage {
namespace {

using detail::Connection;
using detail::Migration;
using detail::SqliteFile;
using testing::HasSubstr;
using testing_support::TemporaryFolder;

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    settings_.data_dir = folder_.path().string();
    settings_.lock_timeout = std::chrono::milliseconds(200);
  }
  Result<std::unique_ptr<SqlStore>> open() { return SqlStore::open(settings_, clock_); }
  static Result<std::uint64_t> store_session(Store& store, std::string id,
                                             std::string body = "{}") {
    auto transaction = store.begin(Scope::platform(), Mode::Write);
    if (!transaction) return std::unexpected(transaction.error());
    Record record;
    record.kind = Kind::Session;
    record.id = std::move(id);
    record.tenant = "acme";
    record.body = std::move(body);
    if (auto done = (*transaction)->insert(record); !done) return std::unexpected(done.error());
    if (auto done = (*transaction)->commit(); !done) return std::unexpected(done.error());
    return record.revision;
  }
  static bool has_session(Store& store, std::string_view id) {
    auto transaction = store.begin(Scope::platform(), Mode::Read);
    return transaction.value()->find(Kind::Session, id).value().has_value();
  }
  std::string file() const { return folder_.file("apiforge.db"); }
  std::unique_ptr<Connection> connect() {
    const auto target = detail::parse_target(settings_);
    return Connection::open(*target, settings_, true).value();
  }

  TemporaryFolder folder_;
  SimulatedClock clock_;
  SqlSettings settings_;
};

TEST_F(SqliteStoreTest, TheFileIsForItsOwnerOnlyAndHasALogThatIsSynced) {
  const auto store = open();
  ASSERT_TRUE(store) << store.error().context;
  ASSERT_TRUE(store_session(**store, "s1"));
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat status{};
    ASSERT_EQ(::stat((file() + suffix).c_str(), &status), 0) << suffix;
    EXPECT_EQ(status.st_mode & 0077, 0u) << suffix;
  }
  EXPECT_TRUE((*store)->health().ok);
}

TEST_F(SqliteStoreTest, OpensByUrl) {
  settings_.url = Secret("sqlite:///" + folder_.file("with%20space.db"));
  ASSERT_TRUE(open());
  EXPECT_TRUE(std::filesystem::exists(folder_.file("with space.db")));
  settings_.url = Secret("sqlite:///sub/x.db");
  EXPECT_EQ(detail::parse_target(settings_)->file, "sub/x.db");
}

TEST_F(SqliteStoreTest, RefusesUrlsThatItCannotRead) {
  for (const char* url : {"sqlite:///", "sqlite:///x?mode=ro", "mysql://u:hidden@h/d",
                          "sqlite:///%zz", "postgresql://u:hidden@h:port:port/d?nothing=1"}) {
    settings_.url = Secret(url);
    const auto store = open();
    ASSERT_FALSE(store) << url;
    EXPECT_EQ(store.error().code, ErrorCode::InvalidConfiguration);
    EXPECT_EQ((store.error().detail + store.error().context).find("hidden"), std::string::npos);
  }
}

TEST_F(SqliteStoreTest, OneStoreWritesTheOtherReadsUntilTheFirstIsGone) {
  auto first = open();
  ASSERT_TRUE(store_session(**first, "s1"));
  const auto second = open();
  ASSERT_TRUE(second) << second.error().context;
  EXPECT_TRUE(has_session(**second, "s1"));
  const auto refused = store_session(**second, "s2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::StorageUnavailable);
  EXPECT_EQ(refused.error().detail,
            "another apiforge process (pid " + std::to_string(::getpid()) + ") uses this database");
  EXPECT_FALSE((*second)->health().ok);
  first->reset();
  EXPECT_TRUE(store_session(**second, "s2"));
  EXPECT_TRUE((*second)->health().ok);
}

TEST_F(SqliteStoreTest, ADatabaseThatIsNoneIsAnErrorNotACrash) {
  folder_.write("apiforge.db", std::string(8'192, 'x'));
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::StorageUnavailable);
  EXPECT_THAT(store.error().context, HasSubstr("not a database"));
}

TEST_F(SqliteStoreTest, AFullDiskIsACleanErrorAndPasses) {
  const auto store = open();
  ASSERT_TRUE(store_session(**store, "s1"));
  const rlim_t unlimited = RLIM_INFINITY;
  const auto size = std::filesystem::file_size(file() + "-wal");
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{size + 4'096, unlimited};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const auto refused = store_session(**store, "s2", std::string(1'000'000, 'x'));
  limit.rlim_cur = unlimited;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::StorageUnavailable);
  EXPECT_TRUE(has_session(**store, "s1"));
  EXPECT_FALSE(has_session(**store, "s2"));
  EXPECT_TRUE(store_session(**store, "s2")) << "the store is whole again when the disk is";
}

TEST_F(SqliteStoreTest, MigrationsAreAppliedOnceAndKeepWhatIsThere) {
  constexpr std::array<std::string_view, 1> kMore{"CREATE TABLE more (id BIGINT PRIMARY KEY)"};
  std::vector<Migration> migrations(detail::all_migrations().begin(),
                                    detail::all_migrations().end());
  const int current = static_cast<int>(migrations.size());
  ASSERT_TRUE(store_session(**open(), "s1"));
  migrations.push_back({current + 1, "more", kMore, {}});
  const auto connection = connect();
  EXPECT_EQ(detail::schema_version(*connection).value(), current);
  ASSERT_TRUE(detail::migrate(*connection, migrations, clock_.wall()));
  ASSERT_TRUE(detail::migrate(*connection, migrations, clock_.wall()));
  EXPECT_EQ(detail::schema_version(*connection).value(), current + 1);
  EXPECT_TRUE(connection->run("INSERT INTO more VALUES (1)"));
  EXPECT_EQ(connection->query({"SELECT id FROM records WHERE id = 's1'", "t"}).value(), 1u);
}

TEST_F(SqliteStoreTest, ADatabaseOfTheFirstVersionIsBroughtUpToDate) {
  {
    const auto connection = connect();
    ASSERT_TRUE(detail::migrate(*connection, detail::all_migrations().first(1), clock_.wall()));
    EXPECT_EQ(detail::schema_version(*connection).value(), 1);
  }
  const auto store = open();
  ASSERT_TRUE(store) << store.error().context;
  const UsageKey key{.quota = "acme/orders", .subject = "ann", .tenant = "acme"};
  const auto transaction = (*store)->begin(Scope::platform(), Mode::Count);
  EXPECT_EQ((*transaction)->take_usage(key, 3, 10).value(), (TakenUsage{3, 7}));
}

TEST_F(SqliteStoreTest, AMigrationThatFailsLeavesNothingBehind) {
  constexpr std::array<std::string_view, 2> kBroken{"CREATE TABLE half (id BIGINT PRIMARY KEY)",
                                                    "INSERT INTO nothing VALUES (1)"};
  std::vector<Migration> migrations(detail::all_migrations().begin(),
                                    detail::all_migrations().end());
  const int current = static_cast<int>(migrations.size());
  migrations.push_back({current + 1, "broken", kBroken, {}});
  const auto connection = connect();
  const auto migrated = detail::migrate(*connection, migrations, clock_.wall());
  ASSERT_FALSE(migrated);
  EXPECT_THAT(migrated.error().context, HasSubstr("broken"));
  EXPECT_EQ(detail::schema_version(*connection).value(), current) << "the ones before it stay";
  EXPECT_FALSE(connection->run("INSERT INTO half VALUES (1)"));
}

TEST_F(SqliteStoreTest, ADatabaseOfANewerBuildIsRefused) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(connect()->run("INSERT INTO schema_migrations VALUES (999, 'of the future', 0)"));
  const auto store = open();
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::InvalidConfiguration);
  EXPECT_THAT(store.error().detail, HasSubstr("version 999"));
}

TEST_F(SqliteStoreTest, AProcessThatIsKilledLosesNothingItCommitted) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = open();
    for (int i = 0; store && i < 1'000; ++i) {
      if (!store_session(**store, "s" + std::to_string(i))) break;
      if (::write(pipe[1], "x", 1) != 1) break;
    }
    ::_exit(1);
  }
  ::close(pipe[1]);
  char mark = 0;
  int acknowledged = 0;
  while (acknowledged < 20 && ::read(pipe[0], &mark, 1) == 1) ++acknowledged;
  ::kill(child, SIGKILL);
  while (::read(pipe[0], &mark, 1) == 1) ++acknowledged;
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  const auto store = open();
  ASSERT_TRUE(store) << "the lock went with the process";
  for (int i = 0; i < acknowledged; ++i) {
    EXPECT_TRUE(has_session(**store, "s" + std::to_string(i))) << i;
  }
  EXPECT_TRUE(SqliteFile::open(file())->check());
}

}  // namespace
}  // namespace apiforge::storage
