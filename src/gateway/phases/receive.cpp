#include "base/text.hpp"
#include "gateway/phases/phases.hpp"
#include "gateway/request_id.hpp"

namespace apiforge::gateway::phases {
namespace {

bool is_request_id(std::string_view id) {
  if (id.empty() || id.size() > 128) return false;
  for (const char c : id) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '.' || c == '_' || c == '-';
    if (!ok) return false;
  }
  return true;
}

void set_request_id(Call& call, Random& random) {
  const net::Field* given = net::find_field(call.request().fields, net::FieldId::XRequestId);
  if (given && is_request_id(given->value)) {
    call.request_id = given->value;
    return;
  }
  make_request_id(random, call.request_id);
}

// Without a port, lower case. An IPv6 literal keeps its brackets.
void set_host(Call& call) {
  std::string_view authority = call.target.authority;
  if (authority.empty()) {
    if (const auto* field = net::find_field(call.request().fields, net::FieldId::Host)) {
      authority = field->value;
    }
  }
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    authority = authority.substr(0, colon);
  }
  call.host.assign(authority);
  for (char& c : call.host) c = to_lower(c);
}

bool trusted(const GatewaySettings& settings, std::string_view address) {
  if (settings.trusted_proxies.empty()) return false;
  const auto ip = model::parse_ip_address(address);
  if (!ip) return false;
  for (const auto& network : settings.trusted_proxies) {
    if (model::contains(network, *ip)) return true;
  }
  return false;
}

// The last address of X-Forwarded-For that no trusted proxy has; what stands before it was written
// by that caller itself and is worth nothing.
void set_client(Call& call, const GatewaySettings& settings) {
  std::string_view client = call.exchange->peer_address();
  if (trusted(settings, client)) {
    if (const auto* field = net::find_field(call.request().fields, net::FieldId::XForwardedFor)) {
      std::string_view list = field->value;
      while (!list.empty() && trusted(settings, client)) {
        const auto comma = list.rfind(',');
        const auto hop = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
        if (!model::parse_ip_address(hop)) break;
        client = hop;
        list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
      }
    }
  }
  call.client.assign(client);
}

}  // namespace

Step receive(Call& call, WorkerContext& worker) {
  call.started = worker.loop.now();
  call.is_tls = call.exchange->is_tls();
  set_request_id(call, worker.loop.random());
  set_client(call, worker.settings);
  const net::RequestHead& request = call.request();
  if (request.method == net::Method::Connect) {
    call.error = Error{
        ErrorCode::MethodNotAllowed, "CONNECT is not supported: name the API in the path", {}};
    return Step::Fail;
  }
  auto target =
      policy::canonicalize_target(request.target, request.method_text, call.target_storage);
  if (!target) {
    call.error = std::move(target.error());
    return Step::Fail;
  }
  call.target = *target;
  set_host(call);
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
