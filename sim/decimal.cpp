#include "sim/decimal.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace apiforge::sim {
namespace {

constexpr std::uint64_t kMaxWhole = 90'000'000'000;

}  // namespace

std::expected<Decimal, DecimalFault> parse_decimal(std::string_view text) {
  const auto point = text.find('.');
  const auto whole_text = text.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  while (fraction.size() > 1 && fraction.back() == '0') fraction.remove_suffix(1);

  const auto whole = whole_text.empty() && !fraction.empty() ? 0 : parse_unsigned(whole_text);
  if (!whole || *whole >= kMaxWhole) return std::unexpected(DecimalFault::Malformed);
  if (fraction.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::unexpected(DecimalFault::Malformed);
  }
  if (fraction.size() > Decimal::kDigits) return std::unexpected(DecimalFault::TooPrecise);

  std::int64_t units = static_cast<std::int64_t>(*whole);
  for (std::size_t i = 0; i < Decimal::kDigits; ++i) {
    units = units * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  return Decimal{units};
}

std::string to_text(Decimal value, int digits) {
  const std::uint64_t size = value.units < 0 ? -static_cast<std::uint64_t>(value.units)
                                             : static_cast<std::uint64_t>(value.units);
  std::string text = fmt::format("{}{}.{:08}", value.units < 0 ? "-" : "", size / Decimal::kOne,
                                 size % Decimal::kOne);
  text.resize(text.size() - static_cast<std::size_t>(Decimal::kDigits - digits));
  if (text.back() == '.') text.pop_back();
  return text;
}

Decimal multiply(Decimal a, Decimal b) {
  return {static_cast<std::int64_t>(static_cast<__int128>(a.units) * b.units / Decimal::kOne)};
}

Decimal divide(Decimal a, Decimal b) {
  return {static_cast<std::int64_t>(static_cast<__int128>(a.units) * Decimal::kOne / b.units)};
}

}  // namespace apiforge::sim
