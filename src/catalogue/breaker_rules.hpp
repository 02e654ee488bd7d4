// BreakerRules: the use cases of the rules of circuit breakers. A rule of a tenant other than the
// platform is about an Api of that tenant. See ports.hpp for threads.
#pragma once
#include "catalogue/rule_record.hpp"
#include "catalogue/rules.hpp"
#include "model/quota.hpp"

namespace apiforge::catalogue {

using StoredBreakerRule = StoredRule<model::BreakerRule>;
using BreakerRules = Rules<model::BreakerRule>;

extern template class Rules<model::BreakerRule>;

}  // namespace apiforge::catalogue
