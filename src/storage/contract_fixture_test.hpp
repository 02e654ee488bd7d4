// StoreContract: the fixture of the contract that every adapter keeps (contract_test.hpp), with
// verbs for its tests. For tests; one thread, but where a test starts more.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "storage/store.hpp"

namespace apiforge::storage {

/// A store of one adapter with what it stands on.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  virtual Store& store() = 0;
  /// Closes the store and opens it again, if what it holds outlives it.
  virtual void reopen() {}
};

struct Adapter {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>(const Clock&)> make;
};

inline std::string name_of_adapter(const testing::TestParamInfo<Adapter>& info) {
  return info.param.name;
}

class StoreContract : public testing::TestWithParam<Adapter> {
 protected:
  using TransactionPtr = std::unique_ptr<Transaction>;

  void SetUp() override { under_test_ = GetParam().make(clock_); }
  Store& store() { return under_test_->store(); }

  TransactionPtr write(Scope scope = Scope::platform()) {
    return begin(std::move(scope), Mode::Write);
  }
  TransactionPtr read(Scope scope = Scope::platform()) {
    return begin(std::move(scope), Mode::Read);
  }

  static Record session(std::string id, std::string tenant = "acme", std::string owner = "ann") {
    Record record;
    record.kind = Kind::Session;
    record.id = std::move(id);
    record.tenant = std::move(tenant);
    record.owner = std::move(owner);
    record.body = R"({"client":"127.0.0.1"})";
    return record;
  }
  static Record user(std::string id, std::string tenant, std::vector<std::string> names) {
    Record record = session(std::move(id), std::move(tenant), {});
    record.kind = Kind::User;
    record.names = std::move(names);
    return record;
  }

  /// Inserts in a transaction of its own.
  Record given(Record record) {
    const auto transaction = write();
    const auto done = transaction->insert(record);
    EXPECT_TRUE(done) << done.error().context;
    EXPECT_TRUE(transaction->commit());
    return record;
  }
  void remove(const Record& record) {
    const auto transaction = write();
    EXPECT_TRUE(transaction->remove(record.kind, record.id, record.revision));
    EXPECT_TRUE(transaction->commit());
  }

  static std::vector<std::string> ids_of(const Result<std::vector<Record>>& records) {
    std::vector<std::string> ids;
    for (const Record& record : records.value()) ids.push_back(record.id);
    return ids;
  }
  /// `session:s1`, with a `-` in front when it was removed.
  std::vector<std::string> changes_since(std::uint64_t revision, Scope scope = Scope::platform(),
                                         std::vector<Kind> kinds = {Kind::Session, Kind::User}) {
    std::vector<std::string> changes;
    const auto done =
        read(std::move(scope))->for_each_change(kinds, revision, [&](const Record& record) {
          changes.push_back((record.removed ? "-" : "") + std::string(name_of(record.kind)) + ":" +
                            record.id);
        });
    EXPECT_TRUE(done);
    return changes;
  }
  std::uint64_t revision() { return read()->revision().value(); }

  static AuditEntry entry(std::uint64_t seq, std::string tenant = "acme") {
    AuditEntry entry;
    entry.seq = seq;
    entry.at = WallTime(std::chrono::milliseconds(1'700'000'000'000 + 1'000 * seq));
    entry.tenant = std::move(tenant);
    entry.actor = "user:ann";
    entry.action = "user.create";
    entry.target = "user:bob";
    entry.outcome = "ok";
    entry.client = "127.0.0.1";
    entry.details = "{}";
    entry.hash = "hash-" + std::to_string(seq);
    return entry;
  }
  void given_audit(const std::vector<AuditEntry>& entries) {
    const auto transaction = write();
    for (const AuditEntry& entry : entries) EXPECT_TRUE(transaction->append_audit(entry));
    EXPECT_TRUE(transaction->commit());
  }
  static std::vector<std::uint64_t> seqs_of(const Result<std::vector<AuditEntry>>& entries) {
    std::vector<std::uint64_t> seqs;
    for (const AuditEntry& entry : entries.value()) seqs.push_back(entry.seq);
    return seqs;
  }

  template <class T>
  static ErrorCode code_of(const Result<T>& result) {
    EXPECT_FALSE(result);
    return result ? ErrorCode::InternalError : result.error().code;
  }

  SimulatedClock clock_;
  std::unique_ptr<StoreUnderTest> under_test_;

 private:
  TransactionPtr begin(Scope scope, Mode mode) {
    auto begun = store().begin(std::move(scope), mode);
    if (!begun) throw std::runtime_error(begun.error().detail + begun.error().context);
    return *std::move(begun);
  }
};

}  // namespace apiforge::storage
