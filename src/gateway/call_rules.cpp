#include "gateway/call_rules.hpp"

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace apiforge::gateway {

bool CompiledCallRule::matches(std::string_view method, std::string_view path) const {
  if (!methods.empty() && std::ranges::find(methods, method) == methods.end()) return false;
  return is_at_or_below(path, prefix);
}

quota::Costs CompiledCallRule::costs_of(std::int64_t tokens) const {
  quota::Costs used = costs;
  used.tokens = tokens;
  if (usd_per_token.value <= 0) return used;
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  used.usd.value = tokens > most / usd_per_token.value ? most : tokens * usd_per_token.value;
  return used;
}

Result<CallRules> CallRules::compile(const model::Api& api) {
  CallRules compiled;
  if (api.kind == model::ApiKind::Llm) compiled.otherwise_ = model::PriorityClass::Batch;
  for (const model::CallRule& rule : api.call_rules) {
    CompiledCallRule& made = compiled.rules_.emplace_back();
    made.methods = rule.methods;
    made.prefix = rule.path;
    made.priority = rule.priority;
    made.costs = {.requests = 1,
                  .weight = rule.weight,
                  .tokens = rule.tokens,
                  .usd = rule.usd,
                  .settles = !rule.settle_tokens.empty()};
    made.usd_per_token = rule.usd_per_token;
    if (rule.settle_tokens.empty()) continue;
    auto path = policy::parse_json_path(rule.settle_tokens);
    if (!path) return std::unexpected(std::move(path.error()));
    made.used_tokens = *std::move(path);
  }
  return compiled;
}

CallRules::Found CallRules::find(std::string_view method, std::string_view path) const {
  Found found{.priority = otherwise_};
  bool has_priority = false;
  for (const CompiledCallRule& rule : rules_) {
    if (!rule.matches(method, path)) continue;
    if (!found.costs) found.costs = &rule;
    if (rule.priority && !has_priority) {
      found.priority = *rule.priority;
      has_priority = true;
    }
    if (has_priority) break;
  }
  return found;
}

}  // namespace apiforge::gateway
