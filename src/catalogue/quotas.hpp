// Quotas: the use cases of limits, quotas and budgets. A quota of a tenant other than the platform
// bounds callers of that tenant only: its `match.tenant` becomes that tenant. See ports.hpp for
// threads.
#pragma once
#include "catalogue/rules.hpp"
#include "model/quota.hpp"

namespace apiforge::catalogue {

using StoredQuota = StoredRule<model::Quota>;
using Quotas = Rules<model::Quota>;

extern template class Rules<model::Quota>;

}  // namespace apiforge::catalogue
