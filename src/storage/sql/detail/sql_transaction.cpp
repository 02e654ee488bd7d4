#include "storage/sql/detail/sql_transaction.hpp"

#include "storage/detail/text_rules.hpp"
#include "storage/sql/detail/record_row.hpp"

namespace apiforge::storage::detail {
namespace {

constexpr Query kNoteLastUse{
    "INSERT INTO last_use (id, used_at) VALUES (:id, :used_at) ON CONFLICT (id)"
    " DO UPDATE SET used_at = excluded.used_at WHERE last_use.used_at < excluded.used_at"};
constexpr Query kLastUse{"SELECT used_at FROM last_use WHERE id = :id", "n"};

std::int64_t floor_milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace

SqlTransaction::SqlTransaction(Begun begun, Scope scope, Mode mode, const Clock& clock)
    : connection_(std::move(begun.connection)),
      scope_(std::move(scope)),
      mode_(mode),
      clock_(clock),
      begun_with_(begun.heads),
      heads_(std::move(begun.heads)),
      records_(*connection_, scope_, heads_),
      audit_(*connection_, scope_, heads_),
      usage_(*connection_, scope_) {}

SqlTransaction::~SqlTransaction() {
  if (!ended_) roll_back();
}

void SqlTransaction::roll_back() {
  ended_ = true;
  if (connection_->run("ROLLBACK")) {
    connection_.give_back();
  } else {
    connection_.discard();
  }
}

Result<void> SqlTransaction::require_open() const {
  if (ended_) return fail(ErrorCode::InternalError, {}, "the transaction has ended");
  if (connection_->failed()) {
    return fail(ErrorCode::StorageUnavailable, {}, "the transaction has failed before");
  }
  return {};
}

Result<void> SqlTransaction::require_writing() const {
  if (mode_ == Mode::Write) return require_open();
  return fail(ErrorCode::InternalError, {}, "a change outside a transaction for writing");
}

Result<void> SqlTransaction::require_counting() const {
  if (mode_ != Mode::Read) return require_open();
  return fail(ErrorCode::InternalError, {}, "a change outside a transaction for writing");
}

Result<std::optional<Record>> SqlTransaction::find(Kind kind, std::string_view id) {
  if (auto ok = require_open(); !ok) return std::unexpected(std::move(ok.error()));
  return records_.find(kind, id);
}

Result<std::optional<Record>> SqlTransaction::find_by_name(Kind kind, std::string_view name) {
  if (auto ok = require_open(); !ok) return std::unexpected(std::move(ok.error()));
  return records_.find_by_name(kind, name);
}

Result<std::vector<Record>> SqlTransaction::list(Kind kind, const ListQuery& query) {
  if (auto ok = require_open(); !ok) return std::unexpected(std::move(ok.error()));
  return records_.list(kind, query);
}

Result<void> SqlTransaction::insert(Record& record) {
  if (auto ok = require_writing(); !ok) return ok;
  if (auto ok = require_storable(record); !ok) return ok;
  return records_.insert(record, now());
}

Result<void> SqlTransaction::update(Record& record) {
  if (auto ok = require_writing(); !ok) return ok;
  if (auto ok = require_storable(record); !ok) return ok;
  return records_.update(record, now());
}

Result<void> SqlTransaction::remove(Kind kind, std::string_view id, std::uint64_t revision) {
  if (auto ok = require_writing(); !ok) return ok;
  return records_.remove(kind, id, revision, now());
}

Result<std::uint64_t> SqlTransaction::revision() {
  return static_cast<std::uint64_t>(begun_with_.revision);
}

Result<void> SqlTransaction::for_each_change(std::span<const Kind> kinds, std::uint64_t revision,
                                             const std::function<void(Record)>& visit) {
  if (auto ok = require_open(); !ok) return ok;
  return records_.for_each_change(kinds, revision, visit);
}

Result<AuditEntry> SqlTransaction::lock_audit_end() {
  if (auto ok = require_writing(); !ok) return std::unexpected(std::move(ok.error()));
  return audit_.end();
}

Result<void> SqlTransaction::append_audit(const AuditEntry& entry) {
  if (auto ok = require_writing(); !ok) return ok;
  if (auto ok = require_storable(entry); !ok) return ok;
  return audit_.append(entry);
}

Result<std::vector<AuditEntry>> SqlTransaction::list_audit(const AuditQuery& query) {
  if (auto ok = require_open(); !ok) return std::unexpected(std::move(ok.error()));
  return audit_.list(query);
}

Result<void> SqlTransaction::for_each_audit(std::uint64_t first,
                                            const std::function<bool(const AuditEntry&)>& visit) {
  if (auto ok = require_open(); !ok) return ok;
  return audit_.for_each(first, visit);
}

Result<void> SqlTransaction::add_checkpoint(const AuditCheckpoint& checkpoint) {
  if (auto ok = require_writing(); !ok) return ok;
  return audit_.add_checkpoint(checkpoint);
}

Result<std::vector<AuditCheckpoint>> SqlTransaction::list_checkpoints() {
  if (auto ok = require_open(); !ok) return std::unexpected(std::move(ok.error()));
  return audit_.list_checkpoints();
}

Result<void> SqlTransaction::note_last_use(std::span<const std::pair<std::string, WallTime>> uses) {
  if (auto ok = require_writing(); !ok) return ok;
  for (const auto& [id, time] : uses) {
    auto done =
        connection_->query(kNoteLastUse, {{"id", id}, {"used_at", floor_milliseconds(time)}});
    if (!done) return std::unexpected(std::move(done.error()));
  }
  return {};
}

Result<std::vector<std::optional<WallTime>>> SqlTransaction::last_use(
    std::span<const std::string> ids) {
  if (auto ok = require_open(); !ok) return std::unexpected(std::move(ok.error()));
  std::vector<std::optional<WallTime>> times(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    auto done = connection_->query(kLastUse, {{"id", ids[i]}},
                                   [&](Statement& row) { times[i] = time_in(row.number(0)); });
    if (!done) return std::unexpected(std::move(done.error()));
  }
  return times;
}

Result<TakenUsage> SqlTransaction::take_usage(const UsageKey& key, std::int64_t units,
                                              std::int64_t bound) {
  if (auto ok = require_counting(); !ok) return std::unexpected(std::move(ok.error()));
  if (auto ok = require_storable(key); !ok) return std::unexpected(std::move(ok.error()));
  return usage_.take(key, units, bound);
}

Result<void> SqlTransaction::give_back_usage(const UsageKey& key, std::int64_t units) {
  if (auto ok = require_counting(); !ok) return ok;
  if (auto ok = require_storable(key); !ok) return ok;
  return usage_.give_back(key, units);
}

Result<std::vector<Usage>> SqlTransaction::list_usage(std::string_view quota, WallTime period_start,
                                                      std::uint32_t limit) {
  if (auto ok = require_open(); !ok) return std::unexpected(std::move(ok.error()));
  return usage_.list(quota, period_start, limit);
}

Result<std::size_t> SqlTransaction::purge_usage(WallTime before) {
  if (auto ok = require_counting(); !ok) return std::unexpected(std::move(ok.error()));
  return usage_.purge(before);
}

Result<std::size_t> SqlTransaction::purge(Kind kind, WallTime before) {
  if (auto ok = require_writing(); !ok) return std::unexpected(std::move(ok.error()));
  return records_.purge(kind, floor_milliseconds(before), now());
}

Result<void> SqlTransaction::commit() {
  if (auto ok = require_open(); !ok) return ok;
  Result<void> done;
  if (heads_ != begun_with_) done = write_heads(*connection_, heads_);
  if (done) done = connection_->run("COMMIT");
  if (!done) {
    roll_back();
    return done;
  }
  ended_ = true;
  connection_.give_back();
  return {};
}

}  // namespace apiforge::storage::detail
