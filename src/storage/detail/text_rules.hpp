// Which texts every database can hold. Pure; any thread.
#pragma once
#include <string_view>

#include "base/error.hpp"
#include "storage/record.hpp"

namespace apiforge::storage::detail {

/// Well-formed UTF-8 (RFC 3629) without NUL. PostgreSQL takes nothing else, so no adapter does.
bool is_storable(std::string_view text);
bool is_storable(const Record& record);
bool is_storable(const AuditEntry& entry);
bool is_storable(const UsageKey& key);

/// InvalidParameter unless all texts are storable.
Result<void> require_storable(const Record& record);
Result<void> require_storable(const AuditEntry& entry);
Result<void> require_storable(const UsageKey& key);

}  // namespace apiforge::storage::detail
