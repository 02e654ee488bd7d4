#include "gateway/call.hpp"

#include "net/field_names.hpp"

namespace apiforge::gateway {
namespace {

constexpr std::array<net::Method, 9> kMethods{
    net::Method::Get,     net::Method::Head,    net::Method::Post,
    net::Method::Put,     net::Method::Delete,  net::Method::Patch,
    net::Method::Options, net::Method::Connect, net::Method::Trace};

net::Method method_of(std::string_view name) {
  for (const net::Method method : kMethods) {
    if (net::method_name(method) == name) return method;
  }
  return net::Method::Other;
}

}  // namespace

void OwnedRequest::seal(std::uint64_t body_bytes) {
  views.clear();
  for (const OwnedField& field : fields) {
    views.push_back({field.name, field.value, net::field_id(field.name)});
  }
  head = {};
  head.method = method_of(method);
  head.method_text = method;
  head.fields = views;
  head.framing = body_bytes > 0 ? net::BodyFraming::Length : net::BodyFraming::None;
  head.content_length = body_bytes;
}

Call::Call(net::ServerExchange& server_exchange)
    : exchange(&server_exchange), request_(&server_exchange.request()) {}

Call::Call() : exchange(nullptr), face(Face::Detached), owned(std::make_unique<OwnedRequest>()) {
  use_owned_request();
}

void Call::recycle(net::ServerExchange& server_exchange) {
  exchange = &server_exchange;
  request_ = &server_exchange.request();
  face = Face::Transparent;
  target = {};
  host.clear();
  request_id.clear();
  client.clear();
  wanted_api.clear();
  wanted_version.clear();
  wanted_timeout.reset();
  faults.clear();
  api.reset();
  asked_api.reset();
  prefix_length = 0;
  caller.reset();
  admission.recycle();
  allow.clear();
  operation = nullptr;
  body.clear();
  first_body = {};
  pump_error.reset();
  outgoing.changed = false;
  outgoing.received_body.reset();
  keep.reset();
  conditions.clear();
  deadline = MonotonicTime::max();
  first.recycle();
  if (second) second->recycle();
  answer = &first;
  tried.clear();
  attempts = counted_attempts = hedges = 0;
  answers_probe = version_missing = authorization_is_ours = body_collected = sign_body = false;
  body_streaming = clock_synced = cached = declared_error = caller_gone_ = false;
  upstream_saw = asked_saw = false;
  reply_lines.clear();
  fallback.clear();
  end = CallEnd::Running;
  error.reset();
  status = upstream_status = 0;
  bytes_in = bytes_out = 0;
  upstream_time = {};
}

std::string_view Call::upstream_path() const {
  if (outgoing.changed) return outgoing.path;
  std::string_view path = target.path.substr(prefix_length);
  return path.empty() ? std::string_view("/") : path;
}

void Call::on_peer_gone() {
  caller_gone_ = true;
  first.lease.close();
  if (second) second->lease.close();
  if (keep) keep->on_caller_gone();
  if (admission.waiting) admission.waiting->cancel();
}

}  // namespace apiforge::gateway
