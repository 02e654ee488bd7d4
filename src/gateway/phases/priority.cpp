#include "auth/access.hpp"
#include "gateway/phases/admit.hpp"

namespace apiforge::gateway::phases {

model::PriorityClass priority_of(const Call& call, model::PriorityClass by_rules) {
  if (!call.caller || !auth::may(*call.caller, model::Permission::GatewayPriority)) return by_rules;
  // In an envelope the field belongs to the request around it.
  const net::RequestHead& request = call.exchange ? call.exchange->request() : call.request();
  const std::string_view wanted = net::find_field(request.fields, "X-Priority");
  if (wanted.empty()) return by_rules;
  return model::parse_priority_class(wanted).value_or(by_rules);
}

}  // namespace apiforge::gateway::phases
