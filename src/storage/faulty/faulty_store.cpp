#include "storage/faulty/faulty_store.hpp"

#include <mutex>
#include <optional>
#include <utility>

namespace apiforge::storage {
namespace detail {

struct FaultPlan {
  /// What is to happen to an operation that begins now.
  std::optional<Fault> next(Operation operation) {
    const std::lock_guard lock(mutex);
    if (down) {
      ++faults;
      return Fault::NotDone;
    }
    bool strikes = false;
    if (nth > 0) {
      strikes = --nth == 0;
    } else if (due && operation == aimed_at) {
      due = false;
      strikes = true;
    }
    if (!strikes) return std::nullopt;
    ++faults;
    return fault;
  }

  std::mutex mutex;
  bool down = false;
  bool due = false;  ///< whether the next call of `aimed_at` fails
  Operation aimed_at = Operation::Commit;
  std::size_t nth = 0;  ///< counts down; 0: no operation is counted
  Fault fault = Fault::NotDone;
  std::size_t faults = 0;
};

namespace {

/// Runs `operation` unless the plan has it fail.
template <class Call>
auto under(FaultPlan& plan, Operation operation, Call call) -> decltype(call()) {
  const auto fault = plan.next(operation);
  if (!fault) return call();
  if (*fault == Fault::DoneUnreported) (void)call();
  return fail(ErrorCode::StorageUnavailable, {}, "a fault was injected");
}

class FaultyTransaction final : public Transaction {
 public:
  FaultyTransaction(std::unique_ptr<Transaction> inner, FaultPlan& plan)
      : inner_(std::move(inner)), plan_(plan) {}

  Result<std::optional<Record>> find(Kind kind, std::string_view id) override {
    return under(plan_, Operation::Find, [&] { return inner_->find(kind, id); });
  }
  Result<std::optional<Record>> find_by_name(Kind kind, std::string_view name) override {
    return under(plan_, Operation::FindByName, [&] { return inner_->find_by_name(kind, name); });
  }
  Result<std::vector<Record>> list(Kind kind, const ListQuery& query) override {
    return under(plan_, Operation::List, [&] { return inner_->list(kind, query); });
  }
  Result<void> insert(Record& record) override {
    return under(plan_, Operation::Insert, [&] { return inner_->insert(record); });
  }
  Result<void> update(Record& record) override {
    return under(plan_, Operation::Update, [&] { return inner_->update(record); });
  }
  Result<void> remove(Kind kind, std::string_view id, std::uint64_t revision) override {
    return under(plan_, Operation::Remove, [&] { return inner_->remove(kind, id, revision); });
  }
  Result<std::uint64_t> revision() override {
    return under(plan_, Operation::Revision, [&] { return inner_->revision(); });
  }
  Result<void> for_each_change(std::span<const Kind> kinds, std::uint64_t revision,
                               const std::function<void(Record)>& visit) override {
    return under(plan_, Operation::ForEachChange,
                 [&] { return inner_->for_each_change(kinds, revision, visit); });
  }
  Result<AuditEntry> lock_audit_end() override {
    return under(plan_, Operation::LockAuditEnd, [&] { return inner_->lock_audit_end(); });
  }
  Result<void> append_audit(const AuditEntry& entry) override {
    return under(plan_, Operation::AppendAudit, [&] { return inner_->append_audit(entry); });
  }
  Result<std::vector<AuditEntry>> list_audit(const AuditQuery& query) override {
    return under(plan_, Operation::ListAudit, [&] { return inner_->list_audit(query); });
  }
  Result<void> for_each_audit(std::uint64_t first,
                              const std::function<bool(const AuditEntry&)>& visit) override {
    return under(plan_, Operation::ForEachAudit,
                 [&] { return inner_->for_each_audit(first, visit); });
  }
  Result<void> add_checkpoint(const AuditCheckpoint& checkpoint) override {
    return under(plan_, Operation::AddCheckpoint,
                 [&] { return inner_->add_checkpoint(checkpoint); });
  }
  Result<std::vector<AuditCheckpoint>> list_checkpoints() override {
    return under(plan_, Operation::ListCheckpoints, [&] { return inner_->list_checkpoints(); });
  }
  Result<void> note_last_use(std::span<const std::pair<std::string, WallTime>> uses) override {
    return under(plan_, Operation::NoteLastUse, [&] { return inner_->note_last_use(uses); });
  }
  Result<std::vector<std::optional<WallTime>>> last_use(std::span<const std::string> ids) override {
    return under(plan_, Operation::LastUse, [&] { return inner_->last_use(ids); });
  }
  Result<TakenUsage> take_usage(const UsageKey& key, std::int64_t units,
                                std::int64_t bound) override {
    return under(plan_, Operation::TakeUsage,
                 [&] { return inner_->take_usage(key, units, bound); });
  }
  Result<void> give_back_usage(const UsageKey& key, std::int64_t units) override {
    return under(plan_, Operation::GiveBackUsage,
                 [&] { return inner_->give_back_usage(key, units); });
  }
  Result<std::vector<Usage>> list_usage(std::string_view quota, WallTime period_start,
                                        std::uint32_t limit) override {
    return under(plan_, Operation::ListUsage,
                 [&] { return inner_->list_usage(quota, period_start, limit); });
  }
  Result<std::size_t> purge_usage(WallTime before) override {
    return under(plan_, Operation::PurgeUsage, [&] { return inner_->purge_usage(before); });
  }
  Result<std::size_t> purge(Kind kind, WallTime before) override {
    return under(plan_, Operation::Purge, [&] { return inner_->purge(kind, before); });
  }
  Result<void> commit() override {
    return under(plan_, Operation::Commit, [&] { return inner_->commit(); });
  }

 private:
  std::unique_ptr<Transaction> inner_;
  FaultPlan& plan_;
};

}  // namespace
}  // namespace detail

FaultyStore::FaultyStore(Store& inner)
    : inner_(inner), plan_(std::make_unique<detail::FaultPlan>()) {}

FaultyStore::~FaultyStore() = default;

void FaultyStore::fail_next(Operation operation, Fault fault) {
  const std::lock_guard lock(plan_->mutex);
  plan_->due = true;
  plan_->aimed_at = operation;
  plan_->nth = 0;
  plan_->fault = fault;
  plan_->faults = 0;
}

void FaultyStore::fail_nth(std::size_t n, Fault fault) {
  const std::lock_guard lock(plan_->mutex);
  plan_->due = false;
  plan_->nth = n;
  plan_->fault = fault;
  plan_->faults = 0;
}

void FaultyStore::set_down(bool down) {
  const std::lock_guard lock(plan_->mutex);
  plan_->down = down;
  plan_->faults = 0;
}

std::size_t FaultyStore::faults() const {
  const std::lock_guard lock(plan_->mutex);
  return plan_->faults;
}

Result<std::unique_ptr<Transaction>> FaultyStore::begin(Scope scope, Mode mode) {
  return detail::under(*plan_, Operation::Begin, [&]() -> Result<std::unique_ptr<Transaction>> {
    auto inner = inner_.begin(std::move(scope), mode);
    if (!inner) return inner;
    return std::make_unique<detail::FaultyTransaction>(*std::move(inner), *plan_);
  });
}

StoreHealth FaultyStore::health() {
  {
    const std::lock_guard lock(plan_->mutex);
    if (plan_->down) return {.ok = false, .detail = "a fault was injected"};
  }
  return inner_.health();
}

}  // namespace apiforge::storage
