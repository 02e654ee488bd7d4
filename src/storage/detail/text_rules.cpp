#include "storage/detail/text_rules.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace apiforge::storage::detail {
namespace {

/// The bytes of the UTF-8 sequence at the beginning of `text` (not empty), or 0 when it is not
/// well-formed: overlong, a surrogate, beyond U+10FFFF, cut off.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && byte(1) < 0xA0) || (first == 0xF0 && byte(1) < 0x90);
  const bool surrogate = first == 0xED && byte(1) > 0x9F;
  const bool beyond = first == 0xF4 && byte(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

Result<void> not_storable() {
  return fail(ErrorCode::InvalidParameter, "the text is not UTF-8 without NUL");
}

}  // namespace

bool is_storable(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
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

Result<void> require_storable(const Record& record) {
  if (!is_storable(record)) return not_storable();
  return {};
}

Result<void> require_storable(const AuditEntry& entry) {
  if (!is_storable(entry)) return not_storable();
  return {};
}

}  // namespace apiforge::storage::detail
