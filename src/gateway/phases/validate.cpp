#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

std::string_view content_type_of(const Call& call) {
  const auto* field = net::find_field(call.request().fields, net::FieldId::ContentType);
  return field ? field->value : std::string_view();
}

Step refuse_faults(Call& call, ErrorCode code, std::vector<BodyFault> faults) {
  const BodyFault& first = faults.front();
  call.error =
      Error{code, (first.pointer.empty() ? "the body" : first.pointer) + " " + first.message, {}};
  call.faults = std::move(faults);
  return Step::Fail;
}

Step refuse_unknown(Call& call, std::string allow) {
  if (allow.empty()) {
    call.error =
        Error{ErrorCode::RouteNotFound, "the document of the API does not have this path", {}};
    return Step::Fail;
  }
  call.allow = std::move(allow);
  call.error = Error{ErrorCode::MethodNotAllowed, "allowed here: " + call.allow, {}};
  return Step::Fail;
}

}  // namespace

Step validate(Call& call, WorkerContext&) {
  const CompiledApi& api = call.config();
  if (!api.contract || !api.config.validation.enforce) return Step::GoOn;
  const net::RequestHead& request = call.request();
  auto found = api.contract->find(request.method_text, call.upstream_path());
  if (!found.operation) {
    // A browser's question before the request itself (CORS) is described by no document.
    if (request.method == net::Method::Options && !found.allow.empty()) return Step::GoOn;
    return refuse_unknown(call, std::move(found.allow));
  }
  auto faults = RequestContract::check_parameters(found, call.target.query, request.fields);
  if (!faults.empty()) {
    return refuse_faults(call, ErrorCode::InvalidParameter, std::move(faults));
  }
  call.operation = found.operation;
  const bool has_body = request.framing == net::BodyFraming::Chunked || request.content_length > 0;
  if (!has_body && call.operation->body_required) {
    return refuse_faults(call, ErrorCode::InvalidBody, {{"", "is required"}});
  }
  if (has_body && !RequestContract::takes_type(*call.operation, content_type_of(call))) {
    call.error = Error{ErrorCode::UnsupportedMediaType,
                       "the document of the API describes no body of this type",
                       {}};
    return Step::Fail;
  }
  if (!has_body || !RequestContract::checks_body(*call.operation, content_type_of(call))) {
    call.operation = nullptr;  // there is nothing more to check
  }
  return Step::GoOn;
}

Step validate_body(Call& call) {
  if (!call.operation) return Step::GoOn;
  auto faults = RequestContract::check_body(*call.operation, content_type_of(call), call.body);
  if (faults.empty()) return Step::GoOn;
  return refuse_faults(call, ErrorCode::InvalidBody, std::move(faults));
}

}  // namespace apiforge::gateway::phases
