// CallRules: how urgent the calls of an Api are and what they cost, by method and path. Immutable;
// any thread. Owned by the CompiledApi.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/api.hpp"
#include "policy/json_edit.hpp"
#include "quota/subject.hpp"

namespace apiforge::gateway {

struct CompiledCallRule {
  std::vector<std::string> methods;  ///< empty: all
  std::string prefix;                ///< of the path, by segments
  std::optional<model::PriorityClass> priority;
  quota::Costs costs;
  policy::JsonPath used_tokens;    ///< where a reply tells of them; empty: it does not
  model::NanoUsd usd_per_token{};  ///< 0: money stays as reserved

  /// `path` is as it goes upstream.
  bool matches(std::string_view method, std::string_view path) const;
  /// What a call has cost that used so many tokens. Never overflows.
  quota::Costs costs_of(std::int64_t tokens) const;
};

class CallRules {
 public:
  /// InvalidConfiguration: `settle_tokens` is no JSON pointer.
  static Result<CallRules> compile(const model::Api& api);

  struct Found {
    const CompiledCallRule* costs = nullptr;  ///< the first rule that matches; null: the usual cost
    model::PriorityClass priority = model::PriorityClass::Data;
  };
  Found find(std::string_view method, std::string_view path) const;

 private:
  std::vector<CompiledCallRule> rules_;
  model::PriorityClass otherwise_ = model::PriorityClass::Data;  ///< where no rule says more
};

}  // namespace apiforge::gateway
