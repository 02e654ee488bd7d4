// What is particular to PostgreSQL: row-level security, lost connections, secrets in its messages.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "storage/sql/sql_store.hpp"
#include "support/postgres_server.hpp"

namespace apiforge::storage {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::PostgresServer;

class PostgresqlStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<PostgresServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  Result<std::unique_ptr<SqlStore>> open() {
    settings_.url = Secret(url_);
    return SqlStore::open(settings_, clock_);
  }
  static Result<void> store_session(Store& store, std::string id, std::string tenant = "acme") {
    auto transaction = store.begin(Scope::platform(), Mode::Write);
    if (!transaction) return std::unexpected(transaction.error());
    Record record;
    record.kind = Kind::Session;
    record.id = std::move(id);
    record.tenant = std::move(tenant);
    if (auto done = (*transaction)->insert(record); !done) return done;
    return (*transaction)->commit();
  }
  static bool has_session(Store& store, std::string_view id) {
    auto transaction = store.begin(Scope::platform(), Mode::Read);
    return transaction.value()->find(Kind::Session, id).value().has_value();
  }
  /// Runs SQL as the gateway's own user, whom row-level security binds.
  std::string as_gateway(const std::string& sql) const {
    return server_->run_sql(url_, "SET ROLE apiforge; " + sql);
  }

  static std::unique_ptr<PostgresServer> server_;
  SimulatedClock clock_;
  SqlSettings settings_;
  std::string url_ = server_->create_database();
};

std::unique_ptr<PostgresServer> PostgresqlStoreTest::server_;

TEST_F(PostgresqlStoreTest, RowSecurityIsASecondWallUnderTheFirst) {
  const auto store = open();
  ASSERT_TRUE(store) << store.error().context;
  ASSERT_TRUE(store_session(**store, "s1", "acme"));
  ASSERT_TRUE(store_session(**store, "s2", "globex"));
  EXPECT_EQ(as_gateway("SELECT count(*) FROM records"), "0\n") << "who says nothing sees nothing";
  const std::string as_acme = "SET apiforge.tenant = 'acme'; ";
  EXPECT_EQ(as_gateway(as_acme + "SELECT id FROM records"), "s1\n");
  EXPECT_EQ(as_gateway(as_acme + "UPDATE records SET body = '{}' RETURNING id"), "s1\n");
  EXPECT_THROW(as_gateway(as_acme + "UPDATE records SET tenant = 'globex'"), std::runtime_error);
  EXPECT_EQ(as_gateway("SET apiforge.tenant = '*'; SELECT count(*) FROM records"), "3\n");
}

TEST_F(PostgresqlStoreTest, RowSecurityCoversUsageToo) {
  const auto store = open();
  const auto transaction = (*store)->begin(Scope::platform(), Mode::Count);
  for (const std::string tenant : {"acme", "globex"}) {
    const UsageKey key{.quota = tenant + "/orders", .subject = "ann", .tenant = tenant};
    ASSERT_TRUE((*transaction)->take_usage(key, 1, 10));
  }
  ASSERT_TRUE((*transaction)->commit());
  EXPECT_EQ(as_gateway("SELECT count(*) FROM quota_usage"), "0\n");
  const std::string as_acme = "SET apiforge.tenant = 'acme'; ";
  EXPECT_EQ(as_gateway(as_acme + "SELECT quota FROM quota_usage"), "acme/orders\n");
  EXPECT_EQ(as_gateway(as_acme + "UPDATE quota_usage SET used = 0 RETURNING quota"),
            "acme/orders\n");
  EXPECT_EQ(as_gateway("SET apiforge.tenant = '*'; SELECT count(*) FROM quota_usage"), "2\n");
}

TEST_F(PostgresqlStoreTest, WhoCountsDoesNotWaitForWhoChangesRecords) {
  settings_.lock_timeout = std::chrono::milliseconds(50);
  const auto store = open();
  const auto writer = (*store)->begin(Scope::platform(), Mode::Write);
  ASSERT_TRUE(writer);
  const auto counting = (*store)->begin(Scope::platform(), Mode::Count);
  ASSERT_TRUE(counting) << counting.error().context;
  const UsageKey key{.quota = "acme/orders", .subject = "ann", .tenant = "acme"};
  EXPECT_TRUE((*counting)->take_usage(key, 1, 10));
  EXPECT_TRUE((*counting)->commit());
}

TEST_F(PostgresqlStoreTest, NobodyChangesTheAuditLog) {
  const auto store = open();
  {
    auto transaction = (*store)->begin(Scope::platform(), Mode::Write);
    AuditEntry entry;
    entry.seq = 1;
    entry.action = "user.create";
    ASSERT_TRUE((*transaction)->append_audit(entry));
    ASSERT_TRUE((*transaction)->commit());
  }
  const std::string as_platform = "SET apiforge.tenant = '*'; ";
  EXPECT_EQ(as_gateway(as_platform + "UPDATE audit SET action = 'x' RETURNING seq"), "");
  EXPECT_EQ(as_gateway(as_platform + "DELETE FROM audit RETURNING seq"), "");
  EXPECT_EQ(as_gateway(as_platform + "SELECT action FROM audit"), "user.create\n");
}

TEST_F(PostgresqlStoreTest, ASuperuserIsWarnedOfNotRefused) {
  EXPECT_EQ((*open())->health().detail, "");
  url_ = PostgresServer::as_superuser(url_);
  const auto store = open();
  ASSERT_TRUE(store);
  EXPECT_TRUE((*store)->health().ok);
  EXPECT_THAT((*store)->health().detail, HasSubstr("BYPASSRLS"));
}

TEST_F(PostgresqlStoreTest, SeveralNodesOpenAnEmptyDatabaseTogether) {
  std::vector<std::jthread> nodes;
  std::atomic<int> opened = 0;
  settings_.url = Secret(url_);
  for (int i = 0; i < 4; ++i) {
    nodes.emplace_back([&] { opened += SqlStore::open(settings_, clock_).has_value() ? 1 : 0; });
  }
  nodes.clear();
  EXPECT_EQ(opened, 4);
}

TEST_F(PostgresqlStoreTest, ComesBackAfterTheServerWasAwayAndKeepsWhatWasCommitted) {
  const auto store = open();
  ASSERT_TRUE(store_session(**store, "s1"));
  auto cut_off = (*store)->begin(Scope::platform(), Mode::Write);
  server_->kill();
  EXPECT_EQ((*cut_off)->find(Kind::Session, "s1").error().code, ErrorCode::StorageUnavailable);
  EXPECT_EQ((*cut_off)->commit().error().code, ErrorCode::StorageUnavailable);
  (*cut_off).reset();
  const auto refused = store_session(**store, "s2");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::StorageUnavailable);
  EXPECT_FALSE((*store)->health().ok);
  server_->start();
  EXPECT_TRUE(has_session(**store, "s1"));
  EXPECT_TRUE(store_session(**store, "s2"));
  EXPECT_TRUE((*store)->health().ok);
}

TEST_F(PostgresqlStoreTest, AStatementThatFailsEndsTheTransactionForGood) {
  // COMMIT after an error is a ROLLBACK that PostgreSQL reports as success.
  const auto store = open();
  auto transaction = (*store)->begin(Scope::platform(), Mode::Write);
  Record record;
  record.kind = Kind::Session;
  record.id = "s1";
  record.tenant = "acme";
  ASSERT_TRUE((*transaction)->insert(record));
  server_->run_sql(url_, "ALTER TABLE removals RENAME TO gone");
  const auto failed = (*transaction)->remove(Kind::Session, "s1", record.revision);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().context, HasSubstr("removals"));
  EXPECT_FALSE((*transaction)->find(Kind::Session, "s1"));
  EXPECT_FALSE((*transaction)->commit());
  transaction->reset();
  EXPECT_FALSE(has_session(**store, "s1"));
}

TEST_F(PostgresqlStoreTest, AWriterThatWaitsTooLongIsToldSo) {
  settings_.lock_timeout = std::chrono::milliseconds(50);
  const auto store = open();
  const auto first = (*store)->begin(Scope::platform(), Mode::Write);
  ASSERT_TRUE(first);
  const auto second = (*store)->begin(Scope::platform(), Mode::Write);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::StorageUnavailable);
  EXPECT_TRUE((*store)->begin(Scope::platform(), Mode::Read)) << "readers do not wait";
}

TEST_F(PostgresqlStoreTest, MessagesShowNeitherPasswordsNorValues) {
  const auto store = open();
  server_->run_sql(url_, "ALTER TABLE records ADD CHECK (body <> 'planted-secret')");
  auto transaction = (*store)->begin(Scope::platform(), Mode::Write);
  Record record;
  record.id = "s1";
  record.body = "planted-secret";
  const auto failed = (*transaction)->insert(record);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().context, HasSubstr("check constraint"));
  EXPECT_THAT(failed.error().context, Not(HasSubstr("planted-secret")));
  url_.insert(url_.find("127.0.0.1"), "127.0.0.1:1,");
  url_.replace(url_.rfind('/') + 1, std::string::npos, "no_such_database");
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().context, HasSubstr("no_such_database"));
  EXPECT_THAT(refused.error().context, Not(HasSubstr(std::string(PostgresServer::kPassword))));
}

}  // namespace
}  // namespace apiforge::storage
