// Decimal: an exact amount with eight decimals, as exchanges write prices and quantities. A value.
#pragma once
#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace apiforge::sim {

struct Decimal {
  static constexpr int kDigits = 8;
  static constexpr std::int64_t kOne = 100'000'000;

  /// Multiples of 10^-8.
  std::int64_t units = 0;

  constexpr auto operator<=>(const Decimal&) const = default;
  constexpr Decimal operator+(Decimal other) const { return {units + other.units}; }
  constexpr Decimal operator-(Decimal other) const { return {units - other.units}; }
  constexpr Decimal operator*(std::int64_t times) const { return {units * times}; }
  constexpr Decimal& operator+=(Decimal other) { return *this = *this + other; }
  constexpr Decimal& operator-=(Decimal other) { return *this = *this - other; }
};

enum class DecimalFault { Malformed, TooPrecise };

/// Of digits with at most one point: no sign, no exponent, at most 8 decimals (zeros after them are
/// taken), below 9 * 10^10.
std::expected<Decimal, DecimalFault> parse_decimal(std::string_view text);

/// With exactly `digits` decimals (0 to 8; the rest is cut off), e.g. "-0.10000000".
std::string to_text(Decimal value, int digits = Decimal::kDigits);

/// Rounded down. The product must be below 9 * 10^10.
Decimal multiply(Decimal a, Decimal b);
/// Rounded down; `b` must not be zero.
Decimal divide(Decimal a, Decimal b);

namespace literals {
/// 0.01_dec; exact for what it is used for, constants of at most 8 decimals.
consteval Decimal operator""_dec(long double value) {
  return {static_cast<std::int64_t>(value * Decimal::kOne + 0.5L)};
}
consteval Decimal operator""_dec(unsigned long long value) {
  return {static_cast<std::int64_t>(value) * Decimal::kOne};
}
}  // namespace literals

}  // namespace apiforge::sim
