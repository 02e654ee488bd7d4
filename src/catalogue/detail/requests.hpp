// What requests of all kinds have to keep to. See ports.hpp for threads.
#pragma once
#include <cstdint>

#include "catalogue/ports.hpp"

namespace apiforge::catalogue::detail {

inline constexpr std::uint32_t kMaxPage = 500;

/// InvalidParameter unless the limit is from 1 to kMaxPage.
Result<void> check_limit(const PageQuery& page);
/// InvalidParameter for a place that no list has given out.
std::unexpected<Error> unknown_cursor();

/// NotFound.
Result<void> check_tenant_exists(storage::Transaction& transaction, const model::TenantId& id);

}  // namespace apiforge::catalogue::detail
