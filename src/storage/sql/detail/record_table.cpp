#include "storage/sql/detail/record_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "storage/detail/text_rules.hpp"
#include "storage/sql/detail/record_row.hpp"

namespace apiforge::storage::detail {
namespace {

/// How many changes are read at once: what a follower that begins at 0 holds in memory.
constexpr std::int64_t kChangePage = 2'000;

constexpr Query kFind{
    "SELECT id, tenant, owner, names, body, revision, created_at, updated_at FROM records"
    " WHERE kind = :kind AND id = :id",
    kRecordColumns};
constexpr Query kFindByName{"SELECT id FROM record_names WHERE kind = :kind AND name = :name", "t"};

constexpr Query kInsert{
    "INSERT INTO records"
    " (kind, id, tenant, owner, names, body, revision, created_at, updated_at) VALUES"
    " (:kind, :id, :tenant, :owner, :names, :body, :revision, :created_at, :updated_at)"
    " ON CONFLICT DO NOTHING RETURNING revision",
    "n"};
constexpr Query kUpdate{
    "UPDATE records SET owner = :owner, names = :names, body = :body, revision = :revision,"
    " updated_at = :updated_at WHERE kind = :kind AND id = :id"};
constexpr Query kDelete{"DELETE FROM records WHERE kind = :kind AND id = :id"};

constexpr Query kInsertName{
    "INSERT INTO record_names (kind, name, id, tenant) VALUES (:kind, :name, :id, :tenant)"
    " ON CONFLICT DO NOTHING RETURNING id",
    "t"};
constexpr Query kDeleteName{"DELETE FROM record_names WHERE kind = :kind AND name = :name"};
constexpr Query kDeleteNames{"DELETE FROM record_names WHERE kind = :kind AND id = :id"};

constexpr Query kInsertRemoval{
    "INSERT INTO removals (revision, kind, id, tenant, removed_at)"
    " VALUES (:revision, :kind, :id, :tenant, :removed_at)"};
constexpr Query kDeleteLastUse{"DELETE FROM last_use WHERE id = :id"};

// Purging names the scope's tenant, or '' for all.
constexpr Query kForgetRemovals{
    "DELETE FROM removals WHERE kind = :kind AND removed_at < :before"
    " AND (tenant = :tenant OR :all = 1) RETURNING revision",
    "n"};
constexpr Query kPurgeToRemovals{
    "INSERT INTO removals (revision, kind, id, tenant, removed_at)"
    " SELECT CAST(:revision AS BIGINT) + ROW_NUMBER() OVER (ORDER BY revision), kind, id, tenant,"
    " CAST(:now AS BIGINT) FROM records WHERE kind = :kind AND updated_at < :before"
    " AND (tenant = :tenant OR :all = 1) RETURNING revision",
    "n"};
// What was written to removals above, by its revisions, is gone from the other tables.
constexpr Query kPurgeNames{
    "DELETE FROM record_names WHERE kind = :kind AND id IN"
    " (SELECT id FROM removals WHERE revision > :revision AND kind = :kind)"};
constexpr Query kPurgeLastUse{
    "DELETE FROM last_use WHERE id IN"
    " (SELECT id FROM removals WHERE revision > :revision AND kind = :kind)"};
constexpr Query kPurgeRecords{
    "DELETE FROM records WHERE kind = :kind AND id IN"
    " (SELECT id FROM removals WHERE revision > :revision AND kind = :kind)"};

/// The statement of `for_each_change`. That the kinds are compared after `||` keeps the planners
/// from the index by kind, which would have them sort a million rows for each page.
std::string changes_sql(std::span<const Kind> kinds, bool one_tenant) {
  std::string names;
  for (const Kind kind : kinds) {
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", name_of(kind));
  }
  const std::string where = fmt::format(" WHERE revision > :revision AND kind || '' IN ({}){}",
                                        names, one_tenant ? " AND tenant = :tenant" : "");
  return fmt::format(
      "SELECT id, tenant, owner, names, body, revision, created_at, updated_at, kind, 0 AS removed"
      " FROM records{0} UNION ALL"
      " SELECT id, tenant, '', '', '', revision, 0, removed_at, kind, 1 FROM removals{0}"
      " ORDER BY revision LIMIT :limit",
      where);
}

constexpr std::string_view kChangeColumns = "tttttnnntn";

template <class T>
Result<void> without_count(const Result<T>& rows) {
  if (!rows) return std::unexpected(rows.error());
  return {};
}

}  // namespace

Result<std::optional<Record>> RecordTable::find(Kind kind, std::string_view id) {
  if (!is_storable(id)) return std::nullopt;
  std::vector<Record> found;  // one at most
  auto rows = connection_.query(kFind, {{"kind", name_of(kind)}, {"id", id}},
                                [&](Statement& row) { found.push_back(record_in(row, kind)); });
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (found.empty() || !scope_.covers(found.front().tenant)) return std::nullopt;
  return std::move(found.front());
}

Result<std::optional<Record>> RecordTable::find_by_name(Kind kind, std::string_view name) {
  if (!is_storable(name)) return std::nullopt;
  std::string id;
  auto rows = connection_.query(kFindByName, {{"kind", name_of(kind)}, {"name", name}},
                                [&](Statement& row) { id = std::move(row.text(0)); });
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (*rows == 0) return std::nullopt;
  return find(kind, id);
}

Result<std::vector<Record>> RecordTable::list(Kind kind, const ListQuery& query) {
  std::vector<Record> records;
  if (!is_storable(query.after) || !is_storable(query.owner) || !is_storable(query.tenant)) {
    return records;
  }
  if (!query.tenant.empty() && !scope_.covers(query.tenant)) return records;
  const std::string& tenant = query.tenant.empty() ? scope_.tenant : query.tenant;
  // One text for each combination of filters, so that each has its own plan.
  const std::string sql = fmt::format(
      "SELECT id, tenant, owner, names, body, revision, created_at, updated_at FROM records"
      " WHERE kind = :kind AND id > :after AND {} AND {} ORDER BY id LIMIT :limit",
      tenant.empty() ? ":tenant = ''" : "tenant = :tenant",
      query.owner.empty() ? ":owner = ''" : "owner = :owner");
  auto rows = connection_.query({sql, kRecordColumns},
                                {{"kind", name_of(kind)},
                                 {"after", query.after},
                                 {"tenant", tenant},
                                 {"owner", query.owner},
                                 {"limit", std::int64_t{query.limit}}},
                                [&](Statement& row) { records.push_back(record_in(row, kind)); });
  if (!rows) return std::unexpected(std::move(rows.error()));
  return records;
}

Result<Record> RecordTable::expect(Kind kind, std::string_view id, std::uint64_t revision) {
  auto found = find(kind, id);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return fail(ErrorCode::NotFound);
  // No other transaction can change it before this one ends: writers wait for the heads.
  if ((*found)->revision != revision) return fail(ErrorCode::VersionConflict);
  return **std::move(found);
}

Result<void> RecordTable::take_names(const Record& record, const std::vector<std::string>& former) {
  std::vector<std::string_view> taken;
  for (const std::string& name : record.names) {
    if (std::ranges::find(former, name) != former.end()) continue;
    if (std::ranges::find(taken, name) != taken.end()) continue;
    // Rows of other tenants may be invisible, but the index knows them.
    auto rows = connection_.query(kInsertName, {{"kind", name_of(record.kind)},
                                                {"name", name},
                                                {"id", record.id},
                                                {"tenant", record.tenant}});
    if (!rows) return std::unexpected(std::move(rows.error()));
    if (*rows == 1) {
      taken.push_back(name);
      continue;
    }
    for (const std::string_view mine : taken) {
      if (auto done = release_name(record.kind, mine); !done) return done;
    }
    return fail(ErrorCode::AlreadyExists);
  }
  return {};
}

Result<void> RecordTable::release_name(Kind kind, std::string_view name) {
  return without_count(connection_.query(kDeleteName, {{"kind", name_of(kind)}, {"name", name}}));
}

Result<void> RecordTable::release_all_names(Kind kind, std::string_view id) {
  return without_count(connection_.query(kDeleteNames, {{"kind", name_of(kind)}, {"id", id}}));
}

Result<void> RecordTable::insert(Record& record, std::int64_t now) {
  if (!scope_.covers(record.tenant)) return fail(ErrorCode::NotFound);
  const std::int64_t revision = heads_.revision + 1;
  const std::string names = names_text(record.names);
  auto rows = connection_.query(kInsert, {{"kind", name_of(record.kind)},
                                          {"id", record.id},
                                          {"tenant", record.tenant},
                                          {"owner", record.owner},
                                          {"names", names},
                                          {"body", record.body},
                                          {"revision", revision},
                                          {"created_at", now},
                                          {"updated_at", now}});
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (*rows == 0) return fail(ErrorCode::AlreadyExists);
  if (auto taken = take_names(record, {}); !taken) {
    // No savepoint: it would cost every insert two statements more.
    auto undone = connection_.query(kDelete, {{"kind", name_of(record.kind)}, {"id", record.id}});
    if (!undone) return std::unexpected(std::move(undone.error()));
    return taken;
  }
  heads_.revision = revision;
  record.revision = static_cast<std::uint64_t>(revision);
  record.created_at = record.updated_at = time_in(now);
  return {};
}

Result<void> RecordTable::update(Record& record, std::int64_t now) {
  auto former = expect(record.kind, record.id, record.revision);
  if (!former) return std::unexpected(std::move(former.error()));
  record.tenant = former->tenant;
  if (auto taken = take_names(record, former->names); !taken) return taken;
  for (const std::string& name : former->names) {
    if (std::ranges::find(record.names, name) != record.names.end()) continue;
    if (auto done = release_name(record.kind, name); !done) return done;
  }
  const std::int64_t revision = heads_.revision + 1;
  const std::string names = names_text(record.names);
  auto rows = connection_.query(kUpdate, {{"owner", record.owner},
                                          {"names", names},
                                          {"body", record.body},
                                          {"revision", revision},
                                          {"updated_at", now},
                                          {"kind", name_of(record.kind)},
                                          {"id", record.id}});
  if (!rows) return std::unexpected(std::move(rows.error()));
  heads_.revision = revision;
  record.revision = static_cast<std::uint64_t>(revision);
  record.created_at = former->created_at;
  record.updated_at = time_in(now);
  return {};
}

Result<void> RecordTable::remove(Kind kind, std::string_view id, std::uint64_t revision,
                                 std::int64_t now) {
  auto former = expect(kind, id, revision);
  if (!former) return std::unexpected(std::move(former.error()));
  if (!former->names.empty()) {
    if (auto done = release_all_names(kind, id); !done) return done;
  }
  auto rows = connection_.query(kDelete, {{"kind", name_of(kind)}, {"id", id}});
  if (rows && kind == Kind::ApiKey) rows = connection_.query(kDeleteLastUse, {{"id", id}});
  if (rows) {
    rows = connection_.query(kInsertRemoval, {{"revision", heads_.revision + 1},
                                              {"kind", name_of(kind)},
                                              {"id", id},
                                              {"tenant", former->tenant},
                                              {"removed_at", now}});
  }
  if (rows) ++heads_.revision;
  return without_count(rows);
}

Result<void> RecordTable::for_each_change(std::span<const Kind> kinds, std::uint64_t revision,
                                          const std::function<void(Record)>& visit) {
  if (revision > 0 && revision < static_cast<std::uint64_t>(heads_.forgotten)) {
    return fail(ErrorCode::InvalidParameter, "The changes since then are no longer known.");
  }
  if (kinds.empty()) return {};
  const std::string sql = changes_sql(kinds, !scope_.is_platform());
  auto after = static_cast<std::int64_t>(revision);
  for (;;) {
    const auto take = [&](Statement& row) {
      after = row.number(5);
      const auto kind = parse_kind(row.text(8));
      Record record = record_in(row, kind.value_or(Kind::Tenant));
      record.removed = row.number(9) != 0;
      if (kind) visit(std::move(record));
    };
    const Query query{sql, kChangeColumns};
    auto rows =
        scope_.is_platform()
            ? connection_.query(query, {{"revision", after}, {"limit", kChangePage}}, take)
            : connection_.query(
                  query, {{"revision", after}, {"tenant", scope_.tenant}, {"limit", kChangePage}},
                  take);
    if (!rows) return std::unexpected(std::move(rows.error()));
    if (*rows < static_cast<std::size_t>(kChangePage)) return {};
  }
}

Result<void> RecordTable::forget_removals(Kind kind, std::int64_t before) {
  return without_count(connection_.query(
      kForgetRemovals,
      {{"kind", name_of(kind)},
       {"before", before},
       {"tenant", scope_.tenant},
       {"all", std::int64_t{scope_.is_platform()}}},
      [&](Statement& row) { heads_.forgotten = std::max(heads_.forgotten, row.number(0)); }));
}

Result<std::size_t> RecordTable::purge(Kind kind, std::int64_t before, std::int64_t now) {
  if (auto done = forget_removals(kind, before); !done) return std::unexpected(done.error());
  const std::int64_t base = heads_.revision;
  auto purged = connection_.query(kPurgeToRemovals, {{"revision", base},
                                                     {"now", now},
                                                     {"kind", name_of(kind)},
                                                     {"before", before},
                                                     {"tenant", scope_.tenant},
                                                     {"all", std::int64_t{scope_.is_platform()}}});
  if (!purged || *purged == 0) return purged;
  heads_.revision += static_cast<std::int64_t>(*purged);
  const std::initializer_list<Query> of_keys{kPurgeNames, kPurgeRecords, kPurgeLastUse};
  const std::initializer_list<Query> of_others{kPurgeNames, kPurgeRecords};
  for (const Query& query : kind == Kind::ApiKey ? of_keys : of_others) {
    auto done = connection_.query(query, {{"kind", name_of(kind)}, {"revision", base}});
    if (!done) return done;
  }
  return purged;
}

}  // namespace apiforge::storage::detail
