#include "catalogue/detail/stored_lists.hpp"

#include <iterator>

namespace apiforge::catalogue::detail {
namespace {

constexpr std::uint32_t kAtATime = 5'000;

}  // namespace

Result<std::vector<storage::Record>> all_records(storage::Transaction& transaction,
                                                 storage::Kind kind,
                                                 const model::TenantId& tenant) {
  std::vector<storage::Record> all;
  storage::ListQuery query;
  query.tenant = tenant.value;
  query.limit = kAtATime;
  for (;;) {
    auto page = transaction.list(kind, query);
    if (!page) return page;
    const bool is_last = page->size() < kAtATime;
    std::ranges::move(*page, std::back_inserter(all));
    if (is_last) return all;
    query.after = all.back().id;
  }
}

Result<std::vector<auth::MaskedCredential>> all_credentials(const auth::CredentialStore& store,
                                                            storage::Transaction& transaction,
                                                            const model::TenantId& tenant) {
  std::vector<auth::MaskedCredential> all;
  for (std::string after;;) {
    auto page = store.list(transaction, tenant, after, kAtATime);
    if (!page) return page;
    const bool is_last = page->size() < kAtATime;
    std::ranges::move(*page, std::back_inserter(all));
    if (is_last) return all;
    after = all.back().name;
  }
}

}  // namespace apiforge::catalogue::detail
