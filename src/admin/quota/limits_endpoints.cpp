#include "admin/quota/limits_endpoints.hpp"

#include <boost/json/array.hpp>

#include "admin/detail/operation_call.hpp"
#include "admin/detail/quota_resources.hpp"
#include "admin/detail/reply.hpp"
#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "base/in_quotes.hpp"

namespace apiforge::admin {
namespace {

using model::Permission;

std::string member(const boost::json::object& subject, std::string_view name) {
  const boost::json::value* value = subject.if_contains(name);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

/// Who would call: the caller itself unless the subject says another.
Result<void> name_caller(const OperationCall& call, LimitQuestion& question) {
  const auth::Caller& caller = *call.actor.caller;
  const std::string key = caller.key ? caller.key->value : std::string();
  const auto is_own = [](const std::string& asked, const std::string& own) {
    return asked.empty() || asked == own;
  };
  const bool anonymous = question.tenant.empty() && question.user.empty() && question.key.empty();
  const bool itself = is_own(question.tenant, caller.tenant.value) &&
                      is_own(question.user, caller.user.value) && is_own(question.key, key);
  if (anonymous || (itself && !auth::may(caller, Permission::QuotaWrite))) {
    question.tenant = caller.tenant.value;
    question.user = caller.user.value;
    question.key = key;
    question.client = call.request.client;
    return {};
  }
  if (auto done = auth::require(caller, {Permission::QuotaWrite}); !done) return done;
  const auto wanted =
      question.tenant.empty() ? std::nullopt : std::optional(model::TenantId{question.tenant});
  auto tenant = auth::accounts::tenant_for(caller, wanted);
  if (!tenant) return std::unexpected(std::move(tenant.error()));
  question.tenant = std::move(tenant->value);
  return {};
}

/// Whether callers of the question's tenant know of the Api: as where calls come in.
bool may_know(const auth::Caller& caller, const LimitQuestion& question, const ActiveApi& api) {
  return api.is_public || api.tenant.value == model::kPlatformTenant ||
         api.tenant.value == question.tenant || auth::may(caller, Permission::PlatformManage);
}

/// That the caller may use the limits of the Api: to take from them it needs what a call needs.
Result<void> check_api(const OperationCall& call, const LimitQuestion& question) {
  const auth::Caller& caller = *call.actor.caller;
  if (question.consume) {
    if (auto done = auth::require(caller, {Permission::GatewayCall}); !done) return done;
  }
  if (question.api.empty()) return {};
  std::optional<Result<void>> answer;
  for (const ActiveApi& api : call.ports.active_versions(question.api)) {
    if (!may_know(caller, question, api)) continue;
    if (!question.version.empty() && api.version != question.version) continue;
    if (api.is_public) return {};
    const auto needed = question.consume ? api.permissions : model::PermissionSet();
    answer = auth::may_call(caller, needed, api.name, call.request.client);
    if (*answer) return {};
  }
  if (answer) return *answer;
  const std::string version =
      question.version.empty() ? "" : " with the version " + in_quotes(question.version);
  return fail(ErrorCode::NotFound, "there is no API " + in_quotes(question.api) + version);
}

/// That the key is one of the tenant, and of the user: counters may go by the id of a key alone.
Result<void> check_key(storage::Transaction& transaction, LimitQuestion& question) {
  const auto key = storage::find<model::ApiKey>(transaction, question.key);
  if (!key) return std::unexpected(key.error());
  const bool is_there = *key && (*key)->value.tenant.value == question.tenant;
  if (!is_there || (!question.user.empty() && question.user != (*key)->value.owner.value)) {
    return fail(ErrorCode::NotFound, "there is no such API key");
  }
  question.user = (*key)->value.owner.value;
  return {};
}

/// That the user is one of the tenant. Those of other issuers are stored nowhere: they may be asked
/// about, but a counter is made for nobody whom the caller has made up.
Result<void> check_user(storage::Transaction& transaction, const LimitQuestion& question) {
  const auto user = storage::find<model::User>(transaction, question.user);
  if (!user) return std::unexpected(user.error());
  const bool is_there = *user && (*user)->value.tenant.value == question.tenant;
  if (is_there || (!*user && !question.consume)) return {};
  return fail(ErrorCode::NotFound, "there is no such user");
}

/// That who is asked about is one of the question's tenant.
Result<void> check_people(const OperationCall& call, LimitQuestion& question) {
  const auth::Caller& caller = *call.actor.caller;
  const std::string own_key = caller.key ? caller.key->value : std::string();
  const bool is_own = question.tenant == caller.tenant.value &&
                      (question.user.empty() || question.user == caller.user.value) &&
                      (question.key.empty() || question.key == own_key);
  if (is_own) {
    if (!question.key.empty()) question.user = caller.user.value;
    return {};
  }
  if (question.key.empty() && question.user.empty()) return {};
  const auto transaction =
      call.accounts().ports.store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(transaction.error());
  return question.key.empty() ? check_user(**transaction, question)
                              : check_key(**transaction, question);
}

Result<void> check_question(const OperationCall& call, LimitQuestion& question) {
  auto done = name_caller(call, question);
  if (done) done = check_api(call, question);
  if (done) done = check_people(call, question);
  return done;
}

Checked<LimitQuestion> question_of(const OperationCall& call) {
  const auto& subject = call.body.at("subject").as_object();
  LimitQuestion question{.tenant = member(subject, "tenant"),
                         .user = member(subject, "user"),
                         .key = member(subject, "key"),
                         .client = {},
                         .api = member(subject, "api"),
                         .version = member(subject, "version"),
                         .method = member(subject, "method"),
                         .path = member(subject, "path"),
                         .cost = call.optional_integer("cost").value_or(1),
                         .tokens = call.optional_integer("tokens").value_or(0),
                         .consume = call.optional_flag("consume").value_or(true)};
  const auto usd = model::parse_usd(call.optional_text("usd").value_or("0"));
  if (!usd) return refuse_body({{"/usd", "must be US dollars such as 0.05"}});
  question.usd = *usd;
  if (question.api.empty() && !question.version.empty()) {
    return refuse_body({{"/subject/version", "must stand beside the api that it is of"}});
  }
  if (auto done = check_question(call, question); !done) {
    return std::unexpected(std::move(done.error()));
  }
  return question;
}

}  // namespace

Checked<ControlReply> check_rate_limit(const OperationCall& call) {
  const auth::Caller& caller = *call.actor.caller;
  if (!auth::may(caller, Permission::QuotaRead)) {
    auto allowed = auth::require(caller, {Permission::GatewayCall});
    if (!allowed) return std::unexpected(std::move(allowed.error()));
  }
  const auto question = question_of(call);
  if (!question) return std::unexpected(question.error());
  const auto answer = call.ports.quota.check_limit(*question);
  if (!answer) return std::unexpected(answer.error());
  return reply_with(show(*answer));
}

Result<ControlReply> get_quota_stats(const OperationCall& call) {
  const auto tenant = auth::accounts::tenant_filter(*call.actor.caller,
                                                    call.id_parameter<model::TenantId>("tenant"));
  if (!tenant) return std::unexpected(tenant.error());
  return reply_with(quota_statistics(
      call.ports.quota.limits({.tenant = *tenant, .name = call.parameter("quota").value_or("")})));
}

Result<ControlReply> get_quota_health(const OperationCall& call) {
  const observe::HealthReport report = call.ports.quota.health();
  ControlReply reply;
  reply.status = observe::http_status(observe::overall_status(report.components));
  reply.body = observe::to_json(report);
  return reply;
}

}  // namespace apiforge::admin
