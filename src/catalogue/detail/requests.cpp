#include "catalogue/detail/requests.hpp"

#include "storage/records.hpp"

namespace apiforge::catalogue::detail {

Result<void> check_limit(const PageQuery& page) {
  if (page.limit >= 1 && page.limit <= kMaxPage) return {};
  return fail(ErrorCode::InvalidParameter, "limit is a number from 1 to 500");
}

std::unexpected<Error> unknown_cursor() {
  return fail(ErrorCode::InvalidParameter, "this cursor was not given out here");
}

Result<void> check_tenant_exists(storage::Transaction& transaction, const model::TenantId& id) {
  const auto tenant = storage::find<model::Tenant>(transaction, id.value);
  if (!tenant) return std::unexpected(tenant.error());
  if (*tenant) return {};
  return fail(ErrorCode::NotFound, "there is no such tenant");
}

}  // namespace apiforge::catalogue::detail
