#include "model/quota.hpp"

#include <algorithm>
#include <charconv>

namespace apiforge::model {
namespace {

constexpr std::int64_t kNanosPerUsd = 1'000'000'000;
constexpr std::int64_t kMaxUsd = 9'000'000'000;
constexpr std::size_t kMaxWholeDigits = 10;
constexpr std::size_t kMaxFractionDigits = 9;

/// One digit or more, and nothing else.
bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Of digits, few enough for the type.
std::int64_t number_in(std::string_view digits) {
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

}  // namespace

std::string_view name_of(PriorityClass priority) {
  return kPriorityNames[static_cast<std::size_t>(priority)].first;
}

std::optional<PriorityClass> parse_priority_class(std::string_view name) {
  const auto found =
      std::ranges::find(kPriorityNames, name, [](const auto& row) { return row.first; });
  if (found == kPriorityNames.end()) return std::nullopt;
  return found->second;
}

std::string_view name_of(LimitUnit unit) {
  return kLimitUnitNames[static_cast<std::size_t>(unit)].first;
}

std::optional<NanoUsd> parse_usd(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (!is_digits(whole) || whole.size() > kMaxWholeDigits) return std::nullopt;
  std::int64_t nanos = 0;
  if (point != std::string_view::npos) {
    const std::string_view fraction = text.substr(point + 1);
    if (!is_digits(fraction) || fraction.size() > kMaxFractionDigits) return std::nullopt;
    nanos = number_in(std::string(fraction).append(kMaxFractionDigits - fraction.size(), '0'));
  }
  const std::int64_t dollars = number_in(whole);
  if (dollars > kMaxUsd || (dollars == kMaxUsd && nanos > 0)) return std::nullopt;
  return NanoUsd{dollars * kNanosPerUsd + nanos};
}

std::string usd_text(NanoUsd amount) {
  std::string text = std::to_string(amount.value / kNanosPerUsd);
  const std::int64_t nanos = amount.value % kNanosPerUsd;
  if (nanos == 0) return text;
  std::string fraction = std::to_string(nanos);
  fraction.insert(0, kMaxFractionDigits - fraction.size(), '0');
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return text + "." + fraction;
}

}  // namespace apiforge::model
