#include "admin/gateway/plan_endpoints.hpp"

#include "admin/detail/operation_call.hpp"
#include "admin/detail/reply.hpp"
#include "auth/access.hpp"
#include "auth/accounts/change.hpp"
#include "catalogue/catalogue.hpp"
#include "catalogue/plan.hpp"
#include "declarative/api_json.hpp"
#include "model/validate.hpp"

namespace apiforge::admin {
namespace {

Refused refused(std::vector<BodyFault> faults) {
  return {{ErrorCode::InvalidBody, "the catalogue is not valid; see `errors`", {}},
          std::move(faults)};
}

/// What the body wants the tenant to have.
Checked<model::Configuration> wanted_of(const OperationCall& call, const model::TenantId& tenant) {
  auto wanted = declarative::configuration_from_json(call.body);
  if (!wanted) return std::unexpected(refused(std::move(wanted.error())));
  catalogue::give_to(tenant, *wanted);
  auto faults = model::validate(*wanted, call.catalogue().ports.connectors);
  if (!faults.empty()) return std::unexpected(refused(std::move(faults)));
  return *std::move(wanted);
}

/// Reads the platform's scope, as names and routes are compared with those of all tenants; what is
/// planned for is the one tenant alone.
Result<std::unique_ptr<storage::Transaction>> begin(const OperationCall& call) {
  return call.accounts().ports.store.begin(storage::Scope::platform(), storage::Mode::Read);
}

struct Planned {
  model::Configuration wanted;
  catalogue::Plan plan;
};

Checked<Planned> plan(const OperationCall& call) {
  const auto tenant =
      auth::accounts::tenant_for(*call.actor.caller, call.id_parameter<model::TenantId>("tenant"));
  if (!tenant) return std::unexpected(tenant.error());
  auto wanted = wanted_of(call, *tenant);
  if (!wanted) return std::unexpected(std::move(wanted.error()));
  const model::NamedLists& named = wanted->named;
  if (named.quotas || named.circuit_breakers || named.alert_rules) {
    // The plan shows what is stored of them.
    auto allowed = auth::require(*call.actor.caller, {model::Permission::QuotaRead});
    if (!allowed) return std::unexpected(std::move(allowed.error()));
  }
  auto transaction = begin(call);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto made = catalogue::make_plan(**transaction, call.catalogue().ports.vault, *tenant, *wanted);
  if (!made) return std::unexpected(std::move(made.error()));
  if (call.flag("keep")) made->remove_nothing();
  return Planned{*std::move(wanted), *std::move(made)};
}

/// The file says nothing of them then, so that to apply it leaves them alone.
void leave_out_rules(model::Configuration& stored) {
  stored.quotas.clear();
  stored.circuit_breakers.clear();
  stored.alert_rules.clear();
  stored.named.quotas = stored.named.circuit_breakers = stored.named.alert_rules = false;
}

std::string_view name_of(catalogue::PlannedChange::How how) {
  using How = catalogue::PlannedChange::How;
  if (how == How::Create) return "create";
  return how == How::Update ? "update" : "remove";
}

boost::json::object show(const catalogue::Plan& plan, bool applied) {
  boost::json::array changes;
  for (const auto& change : plan.changes) {
    changes.push_back({{"what", catalogue::name_of(change.what)},
                       {"how", name_of(change.how)},
                       {"name", change.name}});
  }
  return {
      {"applied", applied}, {"changes", std::move(changes)}, {"text", catalogue::to_text(plan)}};
}

}  // namespace

Checked<ControlReply> plan_catalogue(const OperationCall& call) {
  const auto planned = plan(call);
  if (!planned) return std::unexpected(planned.error());
  auto faults =
      catalogue::faults_of_addresses(call.catalogue().ports, planned->plan, planned->wanted);
  if (!faults.empty()) return std::unexpected(refused(std::move(faults)));
  return reply_with(show(planned->plan, false));
}

Checked<ControlReply> apply_catalogue(const OperationCall& call) {
  const auto planned = plan(call);
  if (!planned) return std::unexpected(planned.error());
  if (!planned->plan.empty()) {
    const auto done =
        catalogue::apply(call.catalogue().ports, call.actor, planned->plan, planned->wanted);
    if (!done) return std::unexpected(done.error());
  }
  return reply_with(show(planned->plan, true));
}

Result<ControlReply> export_catalogue(const OperationCall& call) {
  const auto tenant =
      auth::accounts::tenant_for(*call.actor.caller, call.id_parameter<model::TenantId>("tenant"));
  if (!tenant) return std::unexpected(tenant.error());
  auto transaction = begin(call);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto stored =
      catalogue::export_configuration(**transaction, call.catalogue().ports.vault, *tenant);
  if (!stored) return std::unexpected(std::move(stored.error()));
  if (!auth::may(*call.actor.caller, model::Permission::QuotaRead)) leave_out_rules(*stored);
  // A file knows no tenants: it is written as if all were the platform's, and applied to any.
  catalogue::give_to({model::kPlatformTenant}, *stored);
  ControlReply reply;
  reply.content_type = "application/yaml";
  reply.body = declarative::to_yaml(*stored);
  return reply;
}

}  // namespace apiforge::admin
