#include "storage/sql/detail/audit_table.hpp"

#include <limits>

#include "storage/detail/text_rules.hpp"
#include "storage/sql/detail/record_row.hpp"

namespace apiforge::storage::detail {
namespace {

constexpr std::int64_t kPage = 2'000;
constexpr std::string_view kColumns = "nntttttttt";

constexpr Query kAppend{
    "INSERT INTO audit"
    " (seq, at, tenant, actor, action, target, outcome, client, details, hash) VALUES"
    " (:seq, :at, :tenant, :actor, :action, :target, :outcome, :client, :details, :hash)"};
// An empty filter lets everything pass. The tenant is the one that can use an index, so it has two
// forms.
constexpr std::string_view kListBegin =
    "SELECT seq, at, tenant, actor, action, target, outcome, client, details, hash FROM audit"
    " WHERE seq < :before AND ";
constexpr std::string_view kListEnd =
    " AND (:actor = '' OR actor = :actor) AND (:action = '' OR action = :action)"
    " AND substr(action, 1, length(:prefix)) = :prefix AND at >= :from AND at < :to"
    " ORDER BY seq DESC LIMIT :limit";
constexpr Query kForEach{
    "SELECT seq, at, tenant, actor, action, target, outcome, client, details, hash FROM audit"
    " WHERE seq >= :first ORDER BY seq LIMIT :limit",
    kColumns};
constexpr Query kAddCheckpoint{
    "INSERT INTO audit_checkpoints (seq, hash, at, signature)"
    " VALUES (:seq, :hash, :at, :signature) ON CONFLICT DO NOTHING RETURNING seq",
    "n"};
constexpr Query kListCheckpoints{
    "SELECT seq, hash, at, signature FROM audit_checkpoints ORDER BY seq", "ntnt"};

AuditEntry entry_in(Statement& row) {
  AuditEntry entry;
  entry.seq = static_cast<std::uint64_t>(row.number(0));
  entry.at = time_in(row.number(1));
  std::size_t column = 2;
  for (std::string* text : {&entry.tenant, &entry.actor, &entry.action, &entry.target,
                            &entry.outcome, &entry.client, &entry.details, &entry.hash}) {
    *text = std::move(row.text(column++));
  }
  return entry;
}

/// A time that `at >= time` and `at < time` mean the same for in milliseconds as in nanoseconds.
std::int64_t bound(const std::optional<WallTime>& time, std::int64_t otherwise) {
  if (!time) return otherwise;
  return std::chrono::ceil<std::chrono::milliseconds>(*time).time_since_epoch().count();
}

std::int64_t milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace

AuditEntry AuditTable::end() const {
  AuditEntry end;
  end.seq = static_cast<std::uint64_t>(heads_.audit_seq);
  end.hash = heads_.audit_hash;
  return end;
}

Result<void> AuditTable::append(const AuditEntry& entry) {
  if (entry.seq != static_cast<std::uint64_t>(heads_.audit_seq) + 1) {
    return fail(ErrorCode::InternalError, {}, "an audit entry does not follow the end");
  }
  auto rows = connection_.query(kAppend, {{"seq", static_cast<std::int64_t>(entry.seq)},
                                          {"at", milliseconds(entry.at)},
                                          {"tenant", entry.tenant},
                                          {"actor", entry.actor},
                                          {"action", entry.action},
                                          {"target", entry.target},
                                          {"outcome", entry.outcome},
                                          {"client", entry.client},
                                          {"details", entry.details},
                                          {"hash", entry.hash}});
  if (!rows) return std::unexpected(std::move(rows.error()));
  heads_.audit_seq = static_cast<std::int64_t>(entry.seq);
  heads_.audit_hash = entry.hash;
  return {};
}

Result<std::vector<AuditEntry>> AuditTable::list(const AuditQuery& query) {
  std::vector<AuditEntry> entries;
  if (!is_storable(query.tenant) || !is_storable(query.actor) || !is_storable(query.action)) {
    return entries;
  }
  if (!query.tenant.empty() && !scope_.covers(query.tenant)) return entries;
  const std::string& tenant = query.tenant.empty() ? scope_.tenant : query.tenant;
  std::string_view action = query.action;
  std::string_view prefix;
  if (action.ends_with('*')) {
    prefix = action.substr(0, action.size() - 1);
    action = {};
  }
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  const auto before = query.before_seq == 0 ? kMax : static_cast<std::int64_t>(query.before_seq);
  std::string sql(kListBegin);
  sql += tenant.empty() ? ":tenant = ''" : "tenant = :tenant";
  sql += kListEnd;
  auto rows =
      connection_.query({sql, kColumns},
                        {{"before", before},
                         {"tenant", tenant},
                         {"actor", query.actor},
                         {"action", action},
                         {"prefix", prefix},
                         {"from", bound(query.from, std::numeric_limits<std::int64_t>::min())},
                         {"to", bound(query.to, kMax)},
                         {"limit", std::int64_t{query.limit}}},
                        [&](Statement& row) { entries.push_back(entry_in(row)); });
  if (!rows) return std::unexpected(std::move(rows.error()));
  return entries;
}

Result<void> AuditTable::for_each(std::uint64_t first,
                                  const std::function<bool(const AuditEntry&)>& visit) {
  if (!scope_.is_platform()) {
    return fail(ErrorCode::InternalError, {}, "the whole audit log is for the platform only");
  }
  auto next = static_cast<std::int64_t>(first);
  bool more = true;
  while (more) {
    auto rows =
        connection_.query(kForEach, {{"first", next}, {"limit", kPage}}, [&](Statement& row) {
          const AuditEntry entry = entry_in(row);
          next = static_cast<std::int64_t>(entry.seq) + 1;
          if (more) more = visit(entry);
        });
    if (!rows) return std::unexpected(std::move(rows.error()));
    if (*rows < static_cast<std::size_t>(kPage)) break;
  }
  return {};
}

Result<void> AuditTable::add_checkpoint(const AuditCheckpoint& checkpoint) {
  auto rows = connection_.query(kAddCheckpoint, {{"seq", static_cast<std::int64_t>(checkpoint.seq)},
                                                 {"hash", checkpoint.hash},
                                                 {"at", milliseconds(checkpoint.at)},
                                                 {"signature", checkpoint.signature}});
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (*rows == 0) return fail(ErrorCode::AlreadyExists);
  return {};
}

Result<std::vector<AuditCheckpoint>> AuditTable::list_checkpoints() {
  std::vector<AuditCheckpoint> all;
  auto rows = connection_.query(kListCheckpoints, {}, [&](Statement& row) {
    all.push_back({.seq = static_cast<std::uint64_t>(row.number(0)),
                   .hash = std::move(row.text(1)),
                   .at = time_in(row.number(2)),
                   .signature = std::move(row.text(3))});
  });
  if (!rows) return std::unexpected(std::move(rows.error()));
  return all;
}

}  // namespace apiforge::storage::detail
