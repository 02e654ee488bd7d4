// The part of the format that describes quotas, circuit breakers and alert rules.
#include <algorithm>

#include "declarative/detail/format_parts.hpp"
#include "declarative/detail/members.hpp"
#include "declarative/quota_json.hpp"

namespace apiforge::declarative {
namespace {

using model::AlertRule;
using model::AlertTarget;
using model::BreakerRule;
using model::BreakerScope;
using model::BreakerWindow;
using model::Configuration;
using model::Limit;
using model::LimitAlgorithm;
using model::LimitUnit;
using model::OnExceed;
using model::OnStoreError;
using model::Period;
using model::Quota;
using model::QuotaMatch;
using model::QuotaQueue;
using model::WindowKind;

constexpr std::array<std::pair<std::string_view, Period>, 4> kPeriods{{
    {"minute", Period::Minute},
    {"hour", Period::Hour},
    {"day", Period::Day},
    {"month", Period::Month},
}};

constexpr std::array<std::pair<std::string_view, LimitAlgorithm>, 3> kAlgorithms{{
    {"gcra", LimitAlgorithm::Gcra},
    {"sliding_window", LimitAlgorithm::SlidingWindow},
    {"fixed_window", LimitAlgorithm::FixedWindow},
}};

constexpr std::array<std::pair<std::string_view, OnExceed>, 3> kOnExceed{{
    {"reject", OnExceed::Reject},
    {"queue", OnExceed::Queue},
    {"degrade", OnExceed::Degrade},
}};

constexpr std::array<std::pair<std::string_view, OnStoreError>, 3> kOnStoreError{{
    {"local_share", OnStoreError::LocalShare},
    {"deny", OnStoreError::Deny},
    {"allow", OnStoreError::Allow},
}};

constexpr Members<QuotaMatch, 7> kMatch{{
    {"tenant", text<&QuotaMatch::tenant>},
    {"user", text<&QuotaMatch::user>},
    {"key", text<&QuotaMatch::key>},
    {"api", text<&QuotaMatch::api>},
    {"version", text<&QuotaMatch::version>},
    {"method", text<&QuotaMatch::method>},
    {"path", text<&QuotaMatch::path>},
}};

/// Amounts are whole numbers, but for money.
constexpr Members<Limit, 5> limit_table(Codec<Limit> amount, Codec<Limit> burst) {
  return {{
      {"unit", choice<&Limit::unit, model::kLimitUnitNames>, Presence::Required},
      {"amount", amount, Presence::Required},
      {"per_ms", duration_ms<&Limit::per>},
      {"period", optional_choice<&Limit::period, kPeriods>},
      {"burst", burst},
  }};
}
// What model::validate_quota allows.
constexpr std::uint64_t kMostUnits = 1'000'000'000'000'000;
constexpr std::int64_t kMostDollars = 1'000'000;
constexpr Codec<Limit> kUnitsOfLimit{[](const Cursor& value, Limit& limit) {
                                       const auto read = value.whole_number(1, kMostUnits);
                                       if (read) limit.amount = static_cast<std::int64_t>(*read);
                                     },
                                     number<&Limit::amount>.write};
constexpr Members<Limit, 5> kLimit = limit_table(kUnitsOfLimit, number<&Limit::burst>);
constexpr Members<Limit, 5> kBudget =
    limit_table(usd<&Limit::amount, kMostDollars>, usd<&Limit::burst, kMostDollars>);

/// The unit says how the amounts are written, wherever it stands. Only what is set is shown.
constexpr Codec<Quota> kLimitOfQuota{
    [](const Cursor& value, Quota& quota) {
      const Node* const unit = value.node().find("unit");
      const bool is_money = unit != nullptr && unit->scalar == model::name_of(LimitUnit::Usd);
      read_members(value, is_money ? kBudget : kLimit, quota.limit);
    },
    [](const Quota& quota, Omit) {
      const bool is_money = quota.limit.unit == LimitUnit::Usd;
      return boost::json::value(
          write_members(quota.limit, is_money ? kBudget : kLimit, Omit::Defaults));
    }};

constexpr Codec<Quota> kMatchOfQuota{
    object<&Quota::match, kMatch>.read, [](const Quota& quota, Omit) {
      return object<&Quota::match, kMatch>.write(quota, Omit::Defaults);
    }};

constexpr Members<QuotaQueue, 2> kQueue{{
    {"max_waiting", number<&QuotaQueue::max_waiting>},
    {"max_wait_ms", duration_ms<&QuotaQueue::max_wait>},
}};

constexpr Members<Quota, 11> kQuota{{
    {"name", text<&Quota::name>, Presence::Required},
    {"enabled", flag<&Quota::enabled>},
    {"match", kMatchOfQuota},
    {"limit", kLimitOfQuota, Presence::Required},
    {"algorithm", choice<&Quota::algorithm, kAlgorithms>},
    {"on_exceed", choice<&Quota::on_exceed, kOnExceed>},
    {"queue", object<&Quota::queue, kQueue>},
    {"strict", flag<&Quota::strict>},
    {"on_store_error", choice<&Quota::on_store_error, kOnStoreError>},
    {"reserve_percent", number<&Quota::reserve_percent>},
    {"priority", choice<&Quota::priority, model::kPriorityNames>},
}};

constexpr std::array<std::pair<std::string_view, BreakerScope>, 2> kScopes{{
    {"endpoint", BreakerScope::Endpoint},
    {"api", BreakerScope::Api},
}};

constexpr std::array<std::pair<std::string_view, WindowKind>, 2> kWindowKinds{{
    {"count", WindowKind::Count},
    {"time", WindowKind::Time},
}};

constexpr Members<BreakerWindow, 2> kWindow{{
    {"type", choice<&BreakerWindow::kind, kWindowKinds>, Presence::Required},
    {"size", number<&BreakerWindow::size>, Presence::Required},
}};

constexpr Members<BreakerRule, 13> kBreakerRule{{
    {"api", text<&BreakerRule::api>, Presence::Required},
    {"version", text<&BreakerRule::version>},
    {"scope", choice<&BreakerRule::scope, kScopes>},
    {"enabled", flag<&BreakerRule::enabled>},
    {"failure_rate", real<&BreakerRule::failure_rate>},
    {"slow_call_ms", duration_ms<&BreakerRule::slow_call>},
    {"slow_rate", real<&BreakerRule::slow_rate>},
    {"window", object<&BreakerRule::window, kWindow>},
    {"minimum_calls", number<&BreakerRule::minimum_calls>},
    {"open_ms", duration_ms<&BreakerRule::open>},
    {"max_open_ms", duration_ms<&BreakerRule::max_open>},
    {"half_open_calls", number<&BreakerRule::half_open_calls>},
    {"counts", texts<&BreakerRule::counts>},
}};

/// Members that are not given must not contradict those that are.
void read_breaker_rule(const Cursor& value, BreakerRule& rule) {
  read_members(value, kBreakerRule, rule);
  const auto is_given = [&](std::string_view member) {
    const Node* const node = value.node().find(member);
    return node != nullptr && node->kind != NodeKind::Null;
  };
  if (!is_given("max_open_ms")) rule.max_open = std::max(rule.max_open, rule.open);
  if (!is_given("minimum_calls") && rule.window.kind == WindowKind::Count) {
    rule.minimum_calls = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(rule.window.size, 1, rule.minimum_calls));
  }
}

constexpr Members<AlertTarget, 3> kTarget{{
    {"webhook", text<&AlertTarget::webhook>},
    {"secret", secret<&AlertTarget::secret>},
    {"zmq", flag<&AlertTarget::zmq>},
}};

constexpr Members<AlertRule, 12> kAlertRule{{
    {"name", text<&AlertRule::name>, Presence::Required},
    {"enabled", flag<&AlertRule::enabled>},
    {"metric", text<&AlertRule::metric>, Presence::Required},
    {"match", named_texts<&AlertRule::match>},
    {"condition", choice<&AlertRule::condition, model::kAlertConditionNames>},
    {"threshold", real<&AlertRule::threshold>, Presence::Required},
    {"over_ms", duration_ms<&AlertRule::over>},
    {"for_ms", duration_ms<&AlertRule::hold>},
    {"repeat_ms", duration_ms<&AlertRule::repeat>},
    {"severity", choice<&AlertRule::severity, model::kAlertSeverityNames>},
    {"silenced_until", time<&AlertRule::silenced_until>},
    {"targets", objects<&AlertRule::targets, kTarget>},
}};

}  // namespace

void detail::read_quotas(const Cursor& value, Configuration& configuration) {
  objects<&Configuration::quotas, kQuota>.read(value, configuration);
}

boost::json::value detail::write_quotas(const Configuration& configuration, Omit omit) {
  return objects<&Configuration::quotas, kQuota>.write(configuration, omit);
}

void detail::read_breaker_rules(const Cursor& value, Configuration& configuration) {
  for (const Cursor& item : value.items()) {
    read_breaker_rule(item, configuration.circuit_breakers.emplace_back());
  }
}

boost::json::value detail::write_breaker_rules(const Configuration& configuration, Omit omit) {
  return objects<&Configuration::circuit_breakers, kBreakerRule>.write(configuration, omit);
}

void detail::read_alert_rules(const Cursor& value, Configuration& configuration) {
  objects<&Configuration::alert_rules, kAlertRule>.read(value, configuration);
}

boost::json::value detail::write_alert_rules(const Configuration& configuration, Omit omit) {
  return objects<&Configuration::alert_rules, kAlertRule>.write(configuration, omit);
}

boost::json::object to_json(const Quota& quota, Omit omit) {
  return write_members(quota, kQuota, omit);
}

boost::json::object to_json(const BreakerRule& rule, Omit omit) {
  return write_members(rule, kBreakerRule, omit);
}

boost::json::object to_json(const AlertRule& rule, Omit omit) {
  AlertRule shown = rule;
  // What looks like a reference may be a secret here.
  for (AlertTarget& target : shown.targets) {
    if (!target.secret.empty()) target.secret = Secret("***");
  }
  return write_members(shown, kAlertRule, omit);
}

std::expected<Quota, std::vector<BodyFault>> quota_from_json(const boost::json::object& json) {
  return read_json<Quota, kQuota>(json);
}

std::expected<BreakerRule, std::vector<BodyFault>> breaker_rule_from_json(
    const boost::json::object& json) {
  return read_json<BreakerRule>(json, read_breaker_rule);
}

std::expected<AlertRule, std::vector<BodyFault>> alert_rule_from_json(
    const boost::json::object& json) {
  return read_json<AlertRule, kAlertRule>(json);
}

}  // namespace apiforge::declarative
