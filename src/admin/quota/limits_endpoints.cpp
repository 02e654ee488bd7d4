#include "admin/quota/limits_endpoints.hpp"

#include <boost/json/array.hpp>

#include "admin/detail/operation_call.hpp"
#include "admin/detail/quota_resources.hpp"
#include "admin/detail/reply.hpp"
#include "auth/access.hpp"
#include "auth/accounts/change.hpp"

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
  if (auto done = name_caller(call, question); !done) {
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
  const auto name = call.parameter("quota");
  LimitsReading reading = call.ports.quota.limits();
  std::erase_if(reading.limits, [&](const LimitReading& limit) {
    return (!tenant->empty() && limit.tenant.value != *tenant) || (name && limit.name != *name);
  });
  std::erase_if(reading.sheds, [&](const ShedReading& shed) {
    return !tenant->empty() && shed.tenant.value != *tenant;
  });
  return reply_with(quota_statistics(reading));
}

Result<ControlReply> get_quota_health(const OperationCall& call) {
  const observe::HealthReport report = call.ports.quota.health();
  ControlReply reply;
  reply.status = observe::http_status(observe::overall_status(report.components));
  reply.body = observe::to_json(report);
  return reply;
}

}  // namespace apiforge::admin
