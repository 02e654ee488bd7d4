// Which counter of a limit a call counts under: the values that the members `*` of what the limit
// matches have for the call. Pure; any thread.
#pragma once
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "model/quota.hpp"
#include "quota/subject.hpp"

namespace apiforge::quota {

/// Pairs of a member and its value, in a fixed order. Views into the Subject.
struct CounterValues {
  std::array<std::string_view, 12> texts{};
  std::size_t count = 0;
  std::span<const std::string_view> view() const { return {texts.data(), count}; }
};

/// A caller without a key counts under its user, one without a user under its address.
CounterValues counter_values(const model::QuotaMatch& match, const Subject& subject);

/// The same for people and for stored usage: `tenant=acme;user=joe`; empty when a limit has one
/// counter only.
std::string counter_name(const CounterValues& values);

}  // namespace apiforge::quota
