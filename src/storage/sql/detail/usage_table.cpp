#include "storage/sql/detail/usage_table.hpp"

#include <algorithm>

#include "storage/detail/text_rules.hpp"
#include "storage/sql/detail/record_row.hpp"

namespace apiforge::storage::detail {
namespace {

// One statement, so that it is the row's lock that puts takers in line: the row that the update
// sees is the one that the taker before left, in PostgreSQL with READ COMMITTED too. No row comes
// back, and nothing is written, when nothing is left.
constexpr Query kTake{
    "INSERT INTO quota_usage (quota, period_start, subject, tenant, used, last_taken) VALUES"
    " (:quota, :period_start, :subject, :tenant, :units, :units)"
    " ON CONFLICT (quota, period_start, subject, tenant) DO UPDATE SET"
    " last_taken = CASE WHEN quota_usage.used + excluded.used <= :bound THEN excluded.used"
    " ELSE :bound - quota_usage.used END,"
    " used = CASE WHEN quota_usage.used + excluded.used <= :bound"
    " THEN quota_usage.used + excluded.used ELSE :bound END"
    " WHERE quota_usage.used < :bound RETURNING last_taken, used",
    "nn"};
constexpr Query kGiveBack{
    "UPDATE quota_usage SET used = CASE WHEN used > :units THEN used - :units ELSE 0 END"
    " WHERE quota = :quota AND period_start = :period_start AND subject = :subject"
    " AND tenant = :tenant"};
// These name the scope's tenant, or say that all are meant.
constexpr Query kList{
    "SELECT subject, tenant, used FROM quota_usage WHERE quota = :quota"
    " AND period_start = :period_start AND (tenant = :tenant OR :all = 1)"
    " ORDER BY used DESC, subject LIMIT :limit",
    "ttn"};
constexpr Query kPurge{
    "DELETE FROM quota_usage WHERE period_start < :before AND (tenant = :tenant OR :all = 1)"
    " RETURNING used",
    "n"};

std::int64_t milliseconds(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

}  // namespace

Result<TakenUsage> UsageTable::take(const UsageKey& key, std::int64_t units, std::int64_t bound) {
  if (!scope_.covers(key.tenant)) return fail(ErrorCode::NotFound);
  // Nobody gets more than the bound, and a row that is not there yet is inserted with it at most.
  units = std::min(units, bound);
  TakenUsage taken;
  if (units <= 0) return taken;
  auto rows = connection_.query(
      kTake,
      {{"quota", key.quota},
       {"period_start", milliseconds(key.period_start)},
       {"subject", key.subject},
       {"tenant", key.tenant},
       {"units", units},
       {"bound", bound}},
      [&](Statement& row) { taken = {.units = row.number(0), .left = bound - row.number(1)}; });
  if (!rows) return std::unexpected(std::move(rows.error()));
  return taken;
}

Result<void> UsageTable::give_back(const UsageKey& key, std::int64_t units) {
  if (!scope_.covers(key.tenant)) return fail(ErrorCode::NotFound);
  auto rows = connection_.query(kGiveBack, {{"quota", key.quota},
                                            {"period_start", milliseconds(key.period_start)},
                                            {"subject", key.subject},
                                            {"tenant", key.tenant},
                                            {"units", units}});
  if (!rows) return std::unexpected(std::move(rows.error()));
  return {};
}

Result<std::vector<Usage>> UsageTable::list(std::string_view quota, WallTime period_start,
                                            std::uint32_t limit) {
  std::vector<Usage> all;
  if (!is_storable(quota)) return all;
  const std::int64_t start = milliseconds(period_start);
  auto rows = connection_.query(kList,
                                {{"quota", quota},
                                 {"period_start", start},
                                 {"tenant", scope_.tenant},
                                 {"all", std::int64_t{scope_.is_platform()}},
                                 {"limit", std::int64_t{limit}}},
                                [&](Statement& row) {
                                  all.push_back({.key = {.quota = std::string(quota),
                                                         .subject = std::move(row.text(0)),
                                                         .tenant = std::move(row.text(1)),
                                                         .period_start = time_in(start)},
                                                 .used = row.number(2)});
                                });
  if (!rows) return std::unexpected(std::move(rows.error()));
  return all;
}

Result<std::size_t> UsageTable::purge(WallTime before) {
  const auto until = std::chrono::ceil<std::chrono::milliseconds>(before);
  return connection_.query(kPurge, {{"before", until.time_since_epoch().count()},
                                    {"tenant", scope_.tenant},
                                    {"all", std::int64_t{scope_.is_platform()}}});
}

}  // namespace apiforge::storage::detail
