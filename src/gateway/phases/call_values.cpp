#include "gateway/phases/call_values.hpp"

#include "auth/credential_text.hpp"
#include "base/encoding.hpp"
#include "base/query.hpp"
#include "base/text.hpp"

namespace apiforge::gateway::phases {

void CallValues::append(policy::CallValue value, std::string_view argument,
                        std::string& out) const {
  using policy::CallValue;
  const model::Api& api = call_.config().config;
  switch (value) {
    case CallValue::RequestMethod:
      out += call_.request().method_text;
      return;
    case CallValue::RequestPath:
      out += call_.target.path;
      return;
    case CallValue::RequestId:
      out += call_.request_id;
      return;
    case CallValue::RequestHeader:
      return append_request_field(argument, out);
    case CallValue::RequestQuery:
      return append_query_parameter(argument, out);
    case CallValue::Client:
      out += call_.client;
      return;
    case CallValue::CallerTenant:
      if (call_.caller) out += call_.caller->tenant.value;
      return;
    case CallValue::CallerLabel:
      if (call_.caller) out += call_.caller->label;
      return;
    case CallValue::ApiName:
      out += api.name;
      return;
    case CallValue::ApiVersion:
      out += api.version;
      return;
    case CallValue::ResponseStatus:
      if (status_ != 0) out += std::to_string(status_);
      return;
    case CallValue::ResponseHeader:
      for (const policy::HeaderField& field : reply_fields_) {
        if (equals_ignoring_case(field.name, argument)) {
          out += field.value;
          return;
        }
      }
      return;
  }
}

void CallValues::append_request_field(std::string_view name, std::string& out) const {
  const std::string_view value = net::find_field(call_.request().fields, name);
  // A credential for the gateway stays here, whatever field it came in.
  if (!auth::has_own_prefix(value)) out += value;
}

void CallValues::append_query_parameter(std::string_view name, std::string& out) const {
  const auto raw = find_pair(call_.target.query, name);
  if (!raw) return;
  if (const auto value = percent_decode(*raw)) {
    out += *value;
  } else {
    out += *raw;
  }
}

}  // namespace apiforge::gateway::phases
