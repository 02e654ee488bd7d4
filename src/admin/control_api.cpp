#include "admin/control_api.hpp"

#include <algorithm>
#include <array>

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "admin/detail/request_check.hpp"
#include "admin/docs_pages.hpp"
#include "admin/idempotency_ledger.hpp"
#include "admin/openapi_json.hpp"
#include "admin/router.hpp"
#include "auth/access.hpp"
#include "base/text.hpp"

namespace apiforge::admin {
namespace {

using auth::accounts::Actor;

constexpr std::array<std::string_view, 8> kPaths{
    "/openapi.json", "/.well-known/jwks.json", "/auth/login",    "/auth/refresh", "/auth/logout",
    "/api/routes",   "/api/register",          "/api/unregister"};
constexpr std::array<std::string_view, 3> kPrefixes{"/api/v1/auth", "/api/v1/gateway",
                                                    "/api/v1/quota"};
/// Below it calls go through the gateway as those of its routes.
constexpr std::string_view kCalls = "/api/v1/gateway/call/";

Actor actor_of(const ControlRequest& request, const Operation& operation) {
  Actor actor;
  actor.client = request.client;
  actor.user_agent = request.field("User-Agent").value_or("");
  actor.request_id = request.request_id;
  if (operation.access.anonymous) return actor;
  actor.caller = request.caller.get();
  return actor;
}

/// 401 or 403, or nothing when the caller may ask for this.
Result<void> admit(const ControlRequest& request, const Access& access) {
  const bool contradictory =
      request.refusal && request.refusal->code == ErrorCode::ContradictoryCredentials;
  if (contradictory) return std::unexpected(*request.refusal);
  if (access.anonymous) return {};
  if (!request.caller) {
    if (request.refusal) return std::unexpected(*request.refusal);
    return fail(ErrorCode::AuthenticationRequired,
                "send Authorization: Bearer <access token>, or X-API-Key: <key>");
  }
  if (auto done = auth::require_network(*request.caller, request.client); !done) return done;
  if (!access.permission) return {};
  return auth::require(*request.caller, {*access.permission});
}

}  // namespace

struct ControlApi::State {
  State(ControlPorts the_ports, OperationContracts the_contracts)
      : ports(std::move(the_ports)), contracts(std::move(the_contracts)) {}

  Checked<ControlReply> answer(const ControlRequest& request, const Operation& operation,
                               std::string id) const;
  Checked<ControlReply> run(const Operation& operation, const OperationCall& call) const;
  Checked<ControlReply> run_once(const Operation& operation, const OperationCall& call,
                                 std::string_view key) const;

  ControlPorts ports;
  OperationContracts contracts;
  Router router{operations()};
  IdempotencyLedger ledger{ports.accounts.ports.store, ports.vault,
                           ports.accounts.ports.credentials, ports.accounts.ports.clock};
};

ControlApi::ControlApi(std::unique_ptr<const State> state) : state_(std::move(state)) {}
ControlApi::~ControlApi() = default;

Result<std::unique_ptr<ControlApi>> ControlApi::make(ControlPorts ports) {
  auto contracts = read_contracts(kOpenApiJson);
  if (!contracts) return std::unexpected(std::move(contracts.error()));
  for (const Operation& operation : operations()) {
    if (contracts->contains(operation.id)) continue;
    return fail(ErrorCode::InvalidConfiguration,
                "the API's document lacks " + std::string(operation.id));
  }
  auto state = std::make_unique<const State>(std::move(ports), *std::move(contracts));
  return std::unique_ptr<ControlApi>(new ControlApi(std::move(state)));
}

bool ControlApi::owns(std::string_view path) {
  // Most requests are for APIs, whose paths seldom begin like these.
  if (path.starts_with("/api/v1/")) {
    const auto ours = [&](std::string_view prefix) { return is_at_or_below(path, prefix); };
    return std::ranges::any_of(kPrefixes, ours) && !path.starts_with(kCalls);
  }
  return std::ranges::find(kPaths, path) != kPaths.end() || is_docs_path(path);
}

ControlReply ControlApi::handle(const ControlRequest& request) const {
  if (is_docs_path(request.path)) return answer_docs(request);
  Router::Found found = state_->router.find(request.method, request.path);
  ControlReply reply;
  if (found.operation != nullptr) {
    // Libraries may throw (out of memory, a type that a schema should have refused).
    Checked<ControlReply> answer = [&]() -> Checked<ControlReply> {
      try {
        return state_->answer(request, *found.operation, std::move(found.id));
      } catch (const std::exception& error) {
        return std::unexpected(Refused{{ErrorCode::InternalError, {}, error.what()}});
      }
    }();
    reply = answer ? *std::move(answer)
                   : problem_reply(request, std::move(answer.error().error), answer.error().faults);
  } else if (found.allow.empty()) {
    reply = problem_reply(request, {ErrorCode::NotFound, "there is nothing at this path", {}});
  } else {
    reply =
        problem_reply(request, {ErrorCode::MethodNotAllowed, "allowed here: " + found.allow, {}});
    reply.fields.emplace_back("Allow", found.allow);
  }
  reply.fields.emplace_back("Cache-Control", "no-store");
  return reply;
}

Checked<ControlReply> ControlApi::State::answer(const ControlRequest& request,
                                                const Operation& operation, std::string id) const {
  const auto refuse = [](Error error) { return std::unexpected(Refused{std::move(error)}); };
  if (auto done = admit(request, operation.access); !done) return refuse(std::move(done.error()));
  const OperationContract& contract = contracts.find(operation.id)->second;
  auto query = check_query(request, contract);
  if (!query) return refuse(std::move(query.error()));
  const auto if_match = check_if_match(request);
  if (!if_match) return refuse(if_match.error());
  const auto key = check_idempotency_key(request);
  if (!key) return refuse(key.error());
  auto body = check_body(request, contract);
  if (!body) return std::unexpected(std::move(body.error()));
  const OperationCall call{ports,         request,           actor_of(request, operation),
                           std::move(id), *std::move(query), *std::move(body),
                           *if_match};
  const bool once = operation.effect == Effect::Create && key->has_value();
  return once ? run_once(operation, call, **key) : run(operation, call);
}

Checked<ControlReply> ControlApi::State::run(const Operation& operation,
                                             const OperationCall& call) const {
  auto reply = operation.handler(call);
  const bool changed = operation.effect == Effect::AlwaysChange ||
                       (operation.effect != Effect::None && reply.has_value());
  if (!changed) return reply;
  auto published = ports.publish();
  if (!published && reply) return std::unexpected(std::move(published.error()));
  return reply;
}

Checked<ControlReply> ControlApi::State::run_once(const Operation& operation,
                                                  const OperationCall& call,
                                                  std::string_view key) const {
  auto claim = ledger.claim(call.request, call.actor.caller, key);
  if (!claim) return std::unexpected(std::move(claim.error()));
  if (claim->reply) return *std::move(claim->reply);
  auto reply = operation.handler(call);
  if (!reply) {
    // When the note cannot be taken back, repeats are told to look for themselves.
    const auto released = ledger.release(*claim);
    static_cast<void>(released);
    return reply;
  }
  // The request took effect: without the note a repeat would be told RequestInProgress, no worse.
  const auto kept = ledger.complete(*claim, *reply);
  static_cast<void>(kept);
  if (auto published = ports.publish(); !published) {
    return std::unexpected(std::move(published.error()));
  }
  return reply;
}

Result<std::size_t> ControlApi::purge_expired() const {
  return state_->ledger.purge_expired();
}

std::string_view openapi_json() {
  return kOpenApiJson;
}

}  // namespace apiforge::admin
