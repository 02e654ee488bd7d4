#include "auth/audit/audit_log.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "auth/audit/clean_text.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "model/identity.hpp"

namespace apiforge::auth {
namespace {

constexpr std::string_view kCanonicalForm = "apiforge-audit-1";

class Sha256 {
 public:
  Sha256() { crypto_hash_sha256_init(&state_); }

  /// With its length before, so that no other texts give the same bytes.
  void add(std::string_view text) {
    std::array<std::uint8_t, 8> length{};
    for (std::size_t i = 0; i < length.size(); ++i) {
      length[i] = static_cast<std::uint8_t>(text.size() >> (56 - 8 * i));
    }
    crypto_hash_sha256_update(&state_, length.data(), length.size());
    crypto_hash_sha256_update(&state_, bytes_of(text).data(), text.size());
  }

  std::string finish() {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256_final(&state_, digest.data());
    return hex(digest);
  }

 private:
  crypto_hash_sha256_state state_{};
};

std::string cut(std::string_view text) {
  return clean_text(text, kMaximumAuditText);
}

std::string cut_details(std::string_view details) {
  if (details.empty()) return "{}";
  if (details.size() > kMaximumAuditDetails) {
    return fmt::format(R"({{"omitted_bytes":{}}})", details.size());
  }
  // What takes the place of foreign bytes is longer than they are.
  return clean_text(details, 3 * kMaximumAuditDetails);
}

}  // namespace

Result<void> append_audit(storage::Transaction& transaction, const AuditEvent& event,
                          WallTime now) {
  const Result<storage::AuditEntry> end = transaction.lock_audit_end();
  if (!end) return std::unexpected(end.error());
  storage::AuditEntry entry;
  entry.seq = end->seq + 1;
  entry.at = std::chrono::floor<std::chrono::milliseconds>(now);
  entry.tenant = event.tenant.empty() ? model::kPlatformTenant : cut(event.tenant);
  entry.actor = cut(event.actor);
  entry.action = cut(event.action);
  entry.target = cut(event.target);
  entry.outcome = event.outcome.empty() ? "ok" : cut(event.outcome);
  entry.client = cut(event.client);
  entry.details = cut_details(event.details);
  entry.hash = audit_hash(end->seq == 0 ? kAuditGenesis : std::string_view(end->hash), entry);
  return transaction.append_audit(entry);
}

std::string audit_hash(std::string_view previous, const storage::AuditEntry& entry) {
  Sha256 hash;
  hash.add(kCanonicalForm);
  hash.add(previous);
  hash.add(std::to_string(entry.seq));
  hash.add(std::to_string(unix_milliseconds(entry.at)));
  hash.add(entry.tenant);
  hash.add(entry.actor);
  hash.add(entry.action);
  hash.add(entry.target);
  hash.add(entry.outcome);
  hash.add(entry.client);
  hash.add(entry.details);
  return hash.finish();
}

Result<AuditPage> read_audit(storage::Transaction& transaction, const AuditFilter& filter,
                             std::string_view cursor, std::uint32_t limit) {
  if (limit == 0 || limit > kMaximumAuditPage) {
    return fail(ErrorCode::InvalidParameter,
                fmt::format("`limit` must be 1 to {}", kMaximumAuditPage));
  }
  const std::optional<std::uint64_t> before = cursor.empty() ? 0 : parse_unsigned(cursor);
  if (!before || (!cursor.empty() && *before == 0)) {
    return fail(ErrorCode::InvalidParameter, "`cursor` is not one of this list");
  }
  storage::AuditQuery query;
  query.tenant = filter.tenant;
  query.actor = filter.actor;
  query.action = filter.action;
  query.from = filter.from;
  query.to = filter.to;
  query.before_seq = *before;
  query.limit = limit + 1;  // one more tells whether the list goes on
  auto entries = transaction.list_audit(query);
  if (!entries) return std::unexpected(std::move(entries.error()));
  AuditPage page{*std::move(entries), {}};
  if (page.entries.size() > limit) {
    page.entries.resize(limit);
    page.next_cursor = std::to_string(page.entries.back().seq);
  }
  return page;
}

}  // namespace apiforge::auth
