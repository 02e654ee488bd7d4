// The contract of stores, kept by SQLite and by PostgreSQL.
#include "storage/contract_test.hpp"
#include "storage/sql/sql_store.hpp"
#include "support/postgres_server.hpp"
#include "support/temporary_folder.hpp"

namespace apiforge::storage {
namespace {

using testing_support::PostgresServer;
using testing_support::TemporaryFolder;

class SqlUnderTest : public StoreUnderTest {
 public:
  Store& store() override { return *store_; }
  void reopen() override {
    store_.reset();
    open();
  }

 protected:
  explicit SqlUnderTest(const Clock& clock) : clock_(clock) {}
  void open() {
    auto opened = SqlStore::open(settings_, clock_);
    if (!opened) throw std::runtime_error(opened.error().detail + opened.error().context);
    store_ = *std::move(opened);
  }

  const Clock& clock_;
  SqlSettings settings_;
  std::unique_ptr<SqlStore> store_;
};

class SqliteUnderTest final : public SqlUnderTest {
 public:
  explicit SqliteUnderTest(const Clock& clock) : SqlUnderTest(clock) {
    settings_.data_dir = folder_.file("a folder that is not there yet");
    open();
  }
  ~SqliteUnderTest() override { store_.reset(); }

 private:
  TemporaryFolder folder_;
};

class PostgresqlUnderTest final : public SqlUnderTest {
 public:
  explicit PostgresqlUnderTest(const Clock& clock) : SqlUnderTest(clock) {
    static PostgresServer server;
    settings_.url = Secret(server.create_database());
    // With 64 threads that all hold a connection, waiting for one is part of the test.
    settings_.connections = 8;
    settings_.lock_timeout = std::chrono::seconds(30);
    open();
  }
};

template <class UnderTest>
Adapter adapter(std::string name) {
  return {std::move(name), [](const Clock& clock) { return std::make_unique<UnderTest>(clock); }};
}

INSTANTIATE_TEST_SUITE_P(All, StoreContract,
                         testing::Values(adapter<SqliteUnderTest>("Sqlite"),
                                         adapter<PostgresqlUnderTest>("Postgresql")),
                         name_of_adapter);

}  // namespace
}  // namespace apiforge::storage
