#include "gateway/admission.hpp"

namespace apiforge::gateway {

void Admission::recycle() {
  priority = model::PriorityClass::Data;
  rule = nullptr;
  costs = {};
  if (!holding.empty()) holding = {};
  usage.reset();
  waiting = nullptr;
  refusal.reset();
  limited_by.clear();
  usage_unknown = was_shed = met_breaker = false;
  retry_after = {};
  lines.clear();
}

}  // namespace apiforge::gateway
