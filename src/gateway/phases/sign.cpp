#include "base/text.hpp"
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {
namespace {

void write_target(const Call& call, Attempt& attempt) {
  const CompiledEndpoint& endpoint = *call.api->endpoints[attempt.endpoint].config;
  std::string& out = attempt.target;
  out.clear();
  const std::string_view path = call.upstream_path();
  const std::string_view query = call.upstream_query();
  append_all(out, {endpoint.parts.path_prefix, path.front() == '/' ? "" : "/", path,
                   query.empty() ? "" : "?", query});
}

// Own services learn who called; providers outside are told nothing of the inside.
void write_forwarding_lines(const Call& call, std::string& out) {
  append_all(out, {"X-Request-ID: ", call.request_id, "\r\nX-Forwarded-For: ", call.client,
                   "\r\nX-Forwarded-Proto: ", call.is_tls ? "https\r\n" : "http\r\n"});
  const net::RequestHead& received = call.exchange ? call.exchange->request() : call.request();
  if (const auto* host = net::find_field(received.fields, net::FieldId::Host)) {
    append_all(out, {"X-Forwarded-Host: ", host->value, "\r\n"});
  }
}

std::string_view content_type(const Call& call) {
  if (call.outgoing.changed) {
    for (const OwnedField& field : call.outgoing.fields) {
      if (equals_ignoring_case(field.name, "content-type")) return field.value;
    }
    return {};
  }
  const net::Field* field = net::find_field(call.request().fields, net::FieldId::ContentType);
  return field ? field->value : std::string_view();
}

}  // namespace

Step sign(Call& call, WorkerContext& worker, Attempt& attempt) {
  write_target(call, attempt);
  attempt.lines.clear();
  if (call.config().config.kind == model::ApiKind::Http) {
    write_forwarding_lines(call, attempt.lines);
  }
  if (call.sign_body) attempt.signed_body = call.body;
  connectors::SigningRequest request{.method = call.request().method_text,
                                     .target = attempt.target,
                                     .body = call.sign_body ? &attempt.signed_body : nullptr,
                                     .fields = attempt.lines,
                                     .content_type = content_type(call)};
  auto done = call.config().connector->sign(request, worker.loop.recent_wall());
  if (done) return Step::GoOn;
  attempt.error = std::move(done.error());
  return Step::Fail;
}

}  // namespace apiforge::gateway::phases
