#include "storage/sql/detail/schema.hpp"

#include <array>

namespace apiforge::storage::detail {
namespace {

// --- 1: records, audit log -------------------------------------------------------------------

constexpr std::array<std::string_view, 17> kRecords{
    // One row, which writers lock: revisions come in the order of commits.
    "CREATE TABLE heads ("
    " id BIGINT PRIMARY KEY CHECK (id = 1),"
    " revision BIGINT NOT NULL,"
    " audit_seq BIGINT NOT NULL,"
    " audit_hash TEXT NOT NULL,"
    " forgotten BIGINT NOT NULL)",
    "CREATE TABLE records ("
    " kind SORTED_TEXT NOT NULL,"
    " id SORTED_TEXT NOT NULL,"
    " tenant SORTED_TEXT NOT NULL,"
    " owner SORTED_TEXT NOT NULL,"
    " names TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " revision BIGINT NOT NULL,"
    " created_at BIGINT NOT NULL,"
    " updated_at BIGINT NOT NULL,"
    " PRIMARY KEY (kind, id))",
    "CREATE UNIQUE INDEX records_by_revision ON records (revision)",
    "CREATE INDEX records_by_tenant ON records (kind, tenant, id)",
    "CREATE INDEX records_by_owner ON records (kind, owner, id)",
    "CREATE INDEX records_by_age ON records (kind, updated_at)",
    "CREATE TABLE record_names ("
    " kind SORTED_TEXT NOT NULL,"
    " name SORTED_TEXT NOT NULL,"
    " id SORTED_TEXT NOT NULL,"
    " tenant SORTED_TEXT NOT NULL,"
    " PRIMARY KEY (kind, name))",
    "CREATE INDEX record_names_by_id ON record_names (kind, id)",
    "CREATE TABLE removals ("
    " revision BIGINT PRIMARY KEY,"
    " kind SORTED_TEXT NOT NULL,"
    " id SORTED_TEXT NOT NULL,"
    " tenant SORTED_TEXT NOT NULL,"
    " removed_at BIGINT NOT NULL)",
    "CREATE INDEX removals_by_age ON removals (kind, removed_at)",
    "CREATE TABLE last_use (id SORTED_TEXT PRIMARY KEY, used_at BIGINT NOT NULL)",
    "CREATE TABLE audit ("
    " seq BIGINT PRIMARY KEY,"
    " at BIGINT NOT NULL,"
    " tenant SORTED_TEXT NOT NULL,"
    " actor SORTED_TEXT NOT NULL,"
    " action SORTED_TEXT NOT NULL,"
    " target TEXT NOT NULL,"
    " outcome TEXT NOT NULL,"
    " client TEXT NOT NULL,"
    " details TEXT NOT NULL,"
    " hash TEXT NOT NULL)",
    "CREATE INDEX audit_by_tenant ON audit (tenant, seq)",
    "CREATE TABLE audit_checkpoints ("
    " seq BIGINT PRIMARY KEY,"
    " hash TEXT NOT NULL,"
    " at BIGINT NOT NULL,"
    " signature TEXT NOT NULL)",
    // The tenant of administrators.
    "INSERT INTO heads VALUES (1, 1, 0, '', 0)",
    "INSERT INTO record_names VALUES ('tenant', 'platform', 'platform', 'platform')",
    "INSERT INTO records VALUES ('tenant', 'platform', 'platform', '', '[\"platform\"]',"
    " '{\"name\":\"platform\",\"suspended\":false}', 1, :now, :now)"};

// The second wall between tenants. A transaction says whose rows it may see ('*': all); who says
// nothing sees nothing. FORCE, since the tables belong to the user that the gateway connects as.
// Nobody may change or remove entries of the audit log.
constexpr std::array<std::string_view, 13> kRowSecurity{
    "ALTER TABLE records ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE records FORCE ROW LEVEL SECURITY",
    "ALTER TABLE record_names ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE record_names FORCE ROW LEVEL SECURITY",
    "ALTER TABLE removals ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE removals FORCE ROW LEVEL SECURITY",
    "ALTER TABLE audit ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE audit FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant_wall ON records USING"
    " (tenant = (SELECT current_setting('apiforge.tenant', true))"
    " OR (SELECT current_setting('apiforge.tenant', true)) = '*')",
    "CREATE POLICY tenant_wall ON record_names USING"
    " (tenant = (SELECT current_setting('apiforge.tenant', true))"
    " OR (SELECT current_setting('apiforge.tenant', true)) = '*')",
    "CREATE POLICY tenant_wall ON removals USING"
    " (tenant = (SELECT current_setting('apiforge.tenant', true))"
    " OR (SELECT current_setting('apiforge.tenant', true)) = '*')",
    "CREATE POLICY tenant_wall ON audit FOR SELECT USING"
    " (tenant = (SELECT current_setting('apiforge.tenant', true))"
    " OR (SELECT current_setting('apiforge.tenant', true)) = '*')",
    "CREATE POLICY append_only ON audit FOR INSERT WITH CHECK (true)"};

// --- 2: usage of quotas ----------------------------------------------------------------------

// `last_taken` is what the last taker got: the one value that RETURNING cannot tell otherwise,
// since it sees the row as it is afterwards.
constexpr std::array<std::string_view, 2> kUsage{
    "CREATE TABLE quota_usage ("
    " quota SORTED_TEXT NOT NULL,"
    " period_start BIGINT NOT NULL,"
    " subject SORTED_TEXT NOT NULL,"
    " tenant SORTED_TEXT NOT NULL,"
    " used BIGINT NOT NULL CHECK (used >= 0),"
    " last_taken BIGINT NOT NULL,"
    " PRIMARY KEY (quota, period_start, subject, tenant))",
    "CREATE INDEX quota_usage_by_age ON quota_usage (period_start)"};

constexpr std::array<std::string_view, 3> kUsageRowSecurity{
    "ALTER TABLE quota_usage ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE quota_usage FORCE ROW LEVEL SECURITY",
    "CREATE POLICY tenant_wall ON quota_usage USING"
    " (tenant = (SELECT current_setting('apiforge.tenant', true))"
    " OR (SELECT current_setting('apiforge.tenant', true)) = '*')"};

constexpr std::array<Migration, 2> kMigrations{{
    {1, "records and audit log", kRecords, kRowSecurity},
    {2, "usage of quotas", kUsage, kUsageRowSecurity},
}};

}  // namespace

std::span<const Migration> all_migrations() {
  return kMigrations;
}

}  // namespace apiforge::storage::detail
