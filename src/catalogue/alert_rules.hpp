// AlertRules: the use cases of alert rules. The secrets of their targets are sealed: rules that are
// read have `***` in their place. In a rule that replaces another one `***` keeps the secret of the
// target with the same webhook. The addresses of webhooks are checked as those of endpoints. See
// ports.hpp for threads.
#pragma once
#include "catalogue/rules.hpp"
#include "model/alert.hpp"

namespace apiforge::catalogue {

using StoredAlertRule = StoredRule<model::AlertRule>;
using AlertRules = Rules<model::AlertRule>;

extern template class Rules<model::AlertRule>;

}  // namespace apiforge::catalogue
