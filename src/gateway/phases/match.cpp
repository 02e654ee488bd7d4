#include <algorithm>

#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

std::string_view find_header(const void* context, std::string_view name) {
  return net::find_field(static_cast<const net::RequestHead*>(context)->fields, name);
}

}  // namespace

Step match(Call& call, WorkerContext& worker) {
  const net::RequestHead& request = call.request();
  const policy::RouteTable& routes = worker.view.snapshot->routes;
  const policy::RouteResult result = routes.match({.host = call.host,
                                                   .path = call.target.path,
                                                   .method = request.method_text,
                                                   .headers = {find_header, &request}});
  if (!result.match) {
    if (result.allowed_methods != 0) {
      call.allow = routes.allow(result.allowed_methods);
      call.error = Error{ErrorCode::MethodNotAllowed, "allowed here: " + call.allow, {}};
    } else {
      call.error = Error{
          ErrorCode::RouteNotFound, "no route matches this host, path, method and headers", {}};
    }
    return Step::Fail;
  }
  call.api = worker.view.apis[result.match->value];
  call.prefix_length = result.match->strip_prefix ? result.match->prefix_length : 0;
  call.max_body_bytes =
      std::min(call.config().config.max_body_bytes, worker.settings.max_body_bytes);
  if (request.framing == net::BodyFraming::Length && request.content_length > call.max_body_bytes) {
    call.error =
        Error{ErrorCode::BodyTooLarge,
              "the body has " + std::to_string(request.content_length) + " bytes; allowed are " +
                  std::to_string(call.max_body_bytes) + " (max_body_bytes, MAX_BODY_BYTES)",
              {}};
    return Step::Fail;
  }
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
