#include "catalogue/rule_record.hpp"

#include <boost/json.hpp>
#include <utility>

#include "declarative/quota_json.hpp"
#include "model/validate.hpp"

namespace apiforge::catalogue {
namespace {

namespace json = boost::json;

constexpr std::string_view kSealed = "sealed";

std::unexpected<Error> unreadable(const storage::Record& record, std::string why) {
  return fail(ErrorCode::SealedDataUnreadable,
              "The record of the " + std::string(storage::name_of(record.kind)) + " " + record.id +
                  " is damaged",
              std::move(why));
}

/// What was not set is not stored: an audit entry tells what somebody chose, not all defaults.
template <class T>
json::object body_of(const T& rule) {
  return declarative::to_json(rule, declarative::Omit::Defaults);
}

template <class T>
storage::Record record_with(const T& rule, const json::object& body) {
  storage::Record record;
  record.kind = kRuleKind<T>;
  record.id = rule_id(rule.tenant, rule_name(rule));
  record.tenant = rule.tenant.value;
  record.body = json::serialize(body);
  return record;
}

Result<json::object> body_in(const storage::Record& record) {
  boost::system::error_code error;
  json::value body = json::parse(record.body, error);
  if (error || !body.is_object()) return unreadable(record, "its body is no JSON object");
  return std::move(body.get_object());
}

template <class T, class Read>
Result<storage::Stored<T>> read_record(const storage::Record& record, const Read& read) {
  auto body = body_in(record);
  if (!body) return std::unexpected(std::move(body.error()));
  body->erase(kSealed);
  std::expected<T, std::vector<BodyFault>> rule = read(*body);
  if (!rule) {
    const BodyFault& first = rule.error().front();
    return unreadable(record, first.pointer + ": " + first.message);
  }
  rule->tenant.value = record.tenant;
  if (rule_id(rule->tenant, rule_name(*rule)) != record.id) {
    return unreadable(record, "it describes another one");
  }
  return storage::Stored<T>{*std::move(rule), record.revision, record.created_at,
                            record.updated_at};
}

/// Where the secret of a target lies; it can be opened nowhere else.
std::string row_of(std::string_view id, std::string_view target) {
  return auth::sealed_row(storage::Kind::AlertRule, id, "targets." + std::string(target));
}

}  // namespace

const std::string& rule_name(const model::Quota& quota) {
  return quota.name;
}

const std::string& rule_name(const model::AlertRule& rule) {
  return rule.name;
}

std::string rule_name(const model::BreakerRule& rule) {
  return model::breaker_rule_name(rule.api, rule.version, rule.scope);
}

std::string rule_id(const model::TenantId& tenant, std::string_view name) {
  return tenant.value + "." + std::string(name);
}

Result<storage::Record> to_record(storage::Transaction&, const auth::Vault&,
                                  const model::Quota& quota) {
  return record_with(quota, body_of(quota));
}

Result<storage::Record> to_record(storage::Transaction&, const auth::Vault&,
                                  const model::BreakerRule& rule) {
  return record_with(rule, body_of(rule));
}

Result<storage::Record> to_record(storage::Transaction& transaction, const auth::Vault& vault,
                                  const model::AlertRule& rule) {
  const std::string id = rule_id(rule.tenant, rule.name);
  json::object sealed;
  for (std::size_t i = 0; i < rule.targets.size(); ++i) {
    const Secret& secret = rule.targets[i].secret;
    if (secret.empty()) continue;
    const std::string target = std::to_string(i);
    auto text = vault.seal(transaction, rule.tenant, row_of(id, target), secret.reveal());
    if (!text) return std::unexpected(std::move(text.error()));
    sealed[target] = *std::move(text);
  }
  json::object body = body_of(rule);
  if (!sealed.empty()) body[kSealed] = std::move(sealed);
  return record_with(rule, body);
}

template <>
Result<storage::Stored<model::Quota>> rule_from_record(const storage::Record& record) {
  return read_record<model::Quota>(record, declarative::quota_from_json);
}

template <>
Result<storage::Stored<model::BreakerRule>> rule_from_record(const storage::Record& record) {
  return read_record<model::BreakerRule>(record, declarative::breaker_rule_from_json);
}

template <>
Result<storage::Stored<model::AlertRule>> rule_from_record(const storage::Record& record) {
  return read_record<model::AlertRule>(record, declarative::alert_rule_from_json);
}

Result<void> open_secrets(storage::Transaction& transaction, const auth::Vault& vault,
                          const storage::Record& record, model::AlertRule& rule) {
  const auto body = body_in(record);
  if (!body) return std::unexpected(body.error());
  const json::value* const sealed = body->if_contains(kSealed);
  const json::object* const texts = sealed == nullptr ? nullptr : sealed->if_object();
  for (std::size_t i = 0; i < rule.targets.size(); ++i) {
    if (rule.targets[i].secret.empty()) continue;
    const std::string target = std::to_string(i);
    const json::value* const text = texts == nullptr ? nullptr : texts->if_contains(target);
    if (text == nullptr || !text->is_string()) return unreadable(record, "a secret is missing");
    auto secret =
        vault.open(transaction, rule.tenant, row_of(record.id, target), text->get_string());
    if (!secret) return std::unexpected(std::move(secret.error()));
    rule.targets[i].secret = *std::move(secret);
  }
  return {};
}

}  // namespace apiforge::catalogue
