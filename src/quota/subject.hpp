// Who calls what, as limits see it, and what the call costs. Views into the Call; they live for one
// statement.
#pragma once
#include <cstdint>
#include <string_view>

#include "model/quota.hpp"

namespace apiforge::quota {

struct Subject {
  std::string_view tenant;  ///< empty: an unknown caller of a public Api
  std::string_view user;
  std::string_view key;     ///< id; empty for a token
  std::string_view client;  ///< address: what tells unknown callers apart
  std::string_view api;
  std::string_view version;
  std::string_view method;
  std::string_view path;  ///< as it goes upstream
  model::PriorityClass priority = model::PriorityClass::Data;
  /// What stays the same for the same caller, Api version and method while the configuration does;
  /// 0 when that is not known. Spares the matching of limits: who has the same is counted as the
  /// same, so nobody may be able to search for one.
  std::uint64_t fingerprint = 0;
};

struct Costs {
  std::int64_t requests = 1;
  std::int64_t weight = 1;
  std::int64_t tokens = 0;
  model::NanoUsd usd{};
  /// More may be known when the call ends: so limits in tokens and money refuse it when nothing is
  /// left, even when it reserves nothing.
  bool settles = false;
  std::int64_t of(model::LimitUnit unit) const;  ///< 1 of `concurrent`
};

/// Whether what a call uses of the unit is known only when it ends, so that it is reserved before.
bool is_reserved(model::LimitUnit unit);

}  // namespace apiforge::quota
