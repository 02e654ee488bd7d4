#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

void write_target(Call& call) {
  const CompiledEndpoint& endpoint = *call.api->endpoints[call.endpoint].config;
  std::string& out = call.upstream_target;
  out.assign(endpoint.parts.path_prefix);
  std::string_view path = call.target.path;
  path.remove_prefix(call.prefix_length);
  if (path.empty() || path.front() != '/') out += '/';
  out.append(path);
  if (!call.target.query.empty()) out.append("?", 1).append(call.target.query);
}

// Own services learn who called; providers outside are told nothing of the inside.
void write_forwarding_lines(Call& call) {
  const net::RequestHead& request = call.request();
  std::string& out = call.upstream_lines;
  out.append("X-Request-ID: ").append(call.request_id).append("\r\n", 2);
  out.append("X-Forwarded-For: ").append(call.client).append("\r\n", 2);
  out.append(call.exchange->is_tls() ? "X-Forwarded-Proto: https\r\n"
                                     : "X-Forwarded-Proto: http\r\n");
  if (const auto* host = net::find_field(request.fields, net::FieldId::Host)) {
    out.append("X-Forwarded-Host: ").append(host->value).append("\r\n", 2);
  }
}

std::string_view content_type(const net::RequestHead& request) {
  const net::Field* field = net::find_field(request.fields, net::FieldId::ContentType);
  return field ? field->value : std::string_view();
}

}  // namespace

Step sign(Call& call, WorkerContext& worker) {
  write_target(call);
  call.upstream_lines.clear();
  if (call.config().config.kind == model::ApiKind::Http) write_forwarding_lines(call);
  std::string body;
  if (call.body_collected) body = call.body;
  connectors::SigningRequest request{.method = call.request().method_text,
                                     .target = call.upstream_target,
                                     .body = call.body_collected ? &body : nullptr,
                                     .fields = call.upstream_lines,
                                     .content_type = content_type(call.request())};
  auto signed_request = call.config().connector->sign(request, worker.loop.clock().wall());
  if (!signed_request) {
    call.error = std::move(signed_request.error());
    return Step::Fail;
  }
  if (call.body_collected) call.signed_body = std::move(body);
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
