#include "auth/access.hpp"
#include "auth/credential_text.hpp"
#include "gateway/phases/refuse.hpp"
#include "policy/hash.hpp"

namespace apiforge::gateway::phases {
namespace {

// Those of the connection: what is wrapped in an envelope is for the upstream.
auth::CredentialFields credential_fields(const Call& call) {
  auth::CredentialFields credentials;
  for (const net::Field& field : call.exchange->request().fields) {
    if (field.id == net::FieldId::Authorization) credentials.add_authorization(field.value);
    if (field.id == net::FieldId::XApiKey) credentials.add_api_key(field.value);
  }
  return credentials;
}

auto authenticate(std::string_view text, WorkerContext& worker) {
  return worker.authenticator.authenticate(text, *worker.directory, worker.loop.recent_wall());
}

Step find_caller(Call& call, WorkerContext& worker, bool is_public) {
  const auth::CredentialFields credentials = credential_fields(call);
  if (credentials.empty()) return Step::GoOn;
  const auto text = is_public ? credentials.text_if_ours() : credentials.text();
  if (!text) return refuse(call, worker, text.error());
  if (!*text) return Step::GoOn;
  auto caller = authenticate(**text, worker);
  if (!caller) {
    // The callers of a public Api may bring a credential for the upstream.
    if (is_public && !worker.authenticator.is_ours(**text)) return Step::GoOn;
    return refuse(call, worker, std::move(caller.error()));
  }
  call.caller = *std::move(caller);
  call.authorization_is_ours = true;
  return Step::GoOn;
}

}  // namespace

Step identify(Call& call, WorkerContext& worker) {
  const bool is_public = call.config().config.access.is_public;
  call.authorization_is_ours = !is_public;
  const Step step = find_caller(call, worker, is_public);
  // Our credential came around the envelope; the field inside is the caller's for the upstream.
  if (call.face == Face::Envelope) call.authorization_is_ours = false;
  return step;
}

std::optional<Error> identify_for_control(Call& call, WorkerContext& worker) {
  const auto text = credential_fields(call).text();
  if (!text) return text.error();
  if (!*text) return Error{ErrorCode::AuthenticationRequired, "a credential is required", {}};
  auto caller = authenticate(**text, worker);
  if (!caller) return std::move(caller.error());
  if (auto allowed = auth::require_network(**caller, call.client); !allowed) {
    return std::move(allowed.error());
  }
  call.caller = *std::move(caller);
  return std::nullopt;
}

std::uint64_t caller_hash(const Call& call, WorkerContext& worker) {
  // A bad credential is refused by `identify`, whatever version this leads to.
  const auto text = credential_fields(call).text_if_ours();
  if (text && *text) {
    if (const auto caller = authenticate(**text, worker)) {
      const auth::Caller& known = **caller;
      return policy::hash_bytes(known.key ? known.key->value : known.user.value);
    }
  }
  return policy::hash_bytes(call.client);
}

}  // namespace apiforge::gateway::phases
