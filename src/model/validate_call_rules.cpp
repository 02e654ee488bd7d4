#include <set>

#include "model/bounds.hpp"
#include "model/place.hpp"

namespace apiforge::model {
namespace {

constexpr std::size_t kMaxCallRules = 128;
constexpr std::size_t kMaxMethods = 16;
constexpr std::size_t kMaxCallMethodBytes = 32;
constexpr std::size_t kMaxPointerBytes = 1'024;
constexpr std::int64_t kMaxTokens = 1'000'000'000;

constexpr Bounds<CallRule> kCallRuleBounds[] = {
    {"weight", [](const CallRule& r) { return r.weight; }, 0, 1'000'000},
    {"tokens", [](const CallRule& r) { return r.tokens; }, 0, kMaxTokens},
};

constexpr Bounds<AdaptiveConcurrency> kAdaptiveBounds[] = {
    {"initial", [](const AdaptiveConcurrency& a) { return std::int64_t{a.initial}; }, 1, 100'000},
    {"min", [](const AdaptiveConcurrency& a) { return std::int64_t{a.min}; }, 1, 100'000},
    {"max", [](const AdaptiveConcurrency& a) { return std::int64_t{a.max}; }, 1, 100'000},
    {"target_ms", [](const AdaptiveConcurrency& a) { return a.target.count(); }, 0, 600'000},
};

void validate_call_methods(const Place& place, const std::vector<std::string>& methods) {
  if (methods.size() > kMaxMethods) place.fault("must be at most 16 methods");
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (!is_token(methods[i]) || methods[i].size() > kMaxCallMethodBytes) {
      place.item(i).fault("must be a method such as GET, not " + in_quotes(methods[i]));
    } else if (!seen.insert(methods[i]).second) {
      place.item(i).fault(in_quotes(methods[i]) + " stands here twice");
    }
  }
}

void validate_settlement(const Place& place, const CallRule& rule) {
  const bool settles = !rule.settle_tokens.empty();
  if (settles &&
      (!is_json_pointer(rule.settle_tokens) || rule.settle_tokens.size() > kMaxPointerBytes)) {
    place.member("settle_tokens")
        .fault("must be a JSON pointer such as /usage/total_tokens, not " +
               in_quotes(rule.settle_tokens));
  }
  if (!settles && rule.usd_per_token.value != 0) {
    place.member("usd_per_token").fault("needs `settle_tokens`, which says how many there were");
  }
}

}  // namespace

void validate_call_rules(const Place& place, const std::vector<CallRule>& rules) {
  if (rules.size() > kMaxCallRules) place.fault("must be at most 128 rules");
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const CallRule& rule = rules[i];
    const Place here = place.item(i);
    validate_call_methods(here.member("methods"), rule.methods);
    if (!is_path_prefix(rule.path)) {
      here.member("path").fault(std::string(kPathPrefixRule) + in_quotes(rule.path));
    }
    validate_bounds(here, rule, kCallRuleBounds);
    validate_settlement(here, rule);
  }
}

void validate_adaptive_concurrency(const Place& place, const AdaptiveConcurrency& bounds) {
  validate_bounds(place, bounds, kAdaptiveBounds);
  if (bounds.max < bounds.min) place.member("max").fault("must not be less than min");
  if (bounds.initial < bounds.min || bounds.initial > bounds.max) {
    place.member("initial").fault("must be from min to max");
  }
}

}  // namespace apiforge::model
