#include "storage/record.hpp"

#include <array>

namespace apiforge::storage {
namespace {

constexpr std::array<std::string_view, kKindCount> kNames{
    "tenant",          "user", "api_key",    "session",         "refresh_token",
    "invitation",      "role", "credential", "data_key",        "signing_key",
    "idempotency_key", "api",  "quota",      "circuit_breaker", "alert_rule",
    "alert_delivery"};

}  // namespace

std::string_view name_of(Kind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<Kind> parse_kind(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

}  // namespace apiforge::storage
