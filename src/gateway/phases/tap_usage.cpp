#include "gateway/phases/tap_usage.hpp"

#include "base/text.hpp"
#include "gateway/call_rules.hpp"

namespace apiforge::gateway::phases {
namespace {

bool has_coding(const net::ResponseHead& reply) {
  const std::string_view coding = net::find_field(reply.fields, "Content-Encoding");
  return !coding.empty() && !equals_ignoring_case(coding, "identity");
}

bool is_event_stream(const net::ResponseHead& reply) {
  const std::string_view type = net::find_field(reply.fields, "Content-Type");
  return equals_ignoring_case(trim(type.substr(0, type.find(';'))), "text/event-stream");
}

}  // namespace

bool is_metered(const Call& call) {
  const Admission& admission = call.admission;
  return !admission.holding.empty() && admission.rule && !admission.rule->used_tokens.empty() &&
         !call.asked_api;
}

void start_tap(Call& call, const net::ResponseHead& reply) {
  Admission& admission = call.admission;
  admission.usage.reset();
  if (!is_metered(call) || has_coding(reply)) return;
  const auto form = is_event_stream(reply) ? UsageTap::Form::EventStream : UsageTap::Form::Json;
  admission.usage = std::make_unique<UsageTap>(admission.rule->used_tokens, form);
}

void tap(Call& call, const net::Body& body) {
  if (!call.admission.usage) return;
  for (std::size_t i = 0; i < body.count; ++i) call.admission.usage->add(body.pieces[i]);
}

}  // namespace apiforge::gateway::phases
