#include "storage/detail/text_rules.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace apiforge::storage::detail {
namespace {

Result<void> not_storable() {
  return fail(ErrorCode::InvalidParameter, "the text is not UTF-8 without NUL");
}

}  // namespace

bool is_storable(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = text.front() == '\0' ? 0 : leading_utf8_character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_storable(const Record& record) {
  const auto storable = [](const std::string& name) { return is_storable(name); };
  return is_storable(record.id) && is_storable(record.tenant) && is_storable(record.owner) &&
         is_storable(record.body) && std::ranges::all_of(record.names, storable);
}

bool is_storable(const AuditEntry& entry) {
  const std::array texts{&entry.tenant,  &entry.actor,  &entry.action,  &entry.target,
                         &entry.outcome, &entry.client, &entry.details, &entry.hash};
  return std::ranges::all_of(texts, [](const std::string* text) { return is_storable(*text); });
}

bool is_storable(const UsageKey& key) {
  return is_storable(key.quota) && is_storable(key.subject) && is_storable(key.tenant);
}

Result<void> require_storable(const Record& record) {
  if (!is_storable(record)) return not_storable();
  return {};
}

Result<void> require_storable(const AuditEntry& entry) {
  if (!is_storable(entry)) return not_storable();
  return {};
}

Result<void> require_storable(const UsageKey& key) {
  if (!is_storable(key)) return not_storable();
  return {};
}

}  // namespace apiforge::storage::detail
