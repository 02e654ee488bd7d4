#include "connectors/exchange/binance/usage_gauges.hpp"

#include <limits>

#include "base/text.hpp"

namespace apiforge::connectors::binance {
namespace {

constexpr std::int64_t kNeverReported = -1;

struct Gauge {
  std::string_view field_prefix;
  std::string_view name;
};
constexpr std::array<Gauge, UsageGauges::kGaugeCount> kGauges{{
    {"x-mbx-used-weight-", "used_weight"},
    {"x-mbx-order-count-", "order_count"},
    {"x-sapi-used-ip-weight-", "sapi_ip_weight"},
    {"x-sapi-used-uid-weight-", "sapi_uid_weight"},
}};

/// The windows that Binance uses; another one has no cell, so that replies cannot make more of
/// them.
constexpr std::array<std::string_view, UsageGauges::kWindowCount> kWindows{
    "1s", "10s", "1m", "5m", "10m", "1h", "4h", "1d"};

}  // namespace

UsageGauges::UsageGauges() {
  for (auto& windows : cells_) {
    for (Cell& cell : windows) cell.store(kNeverReported, std::memory_order_relaxed);
  }
}

UsageGauges::Cell* UsageGauges::cell_of(std::string_view field_name) const {
  for (std::size_t gauge = 0; gauge < kGaugeCount; ++gauge) {
    const std::string_view prefix = kGauges[gauge].field_prefix;
    if (!equals_ignoring_case(field_name.substr(0, prefix.size()), prefix)) continue;
    const std::string_view window = field_name.substr(prefix.size());
    for (std::size_t i = 0; i < kWindowCount; ++i) {
      if (equals_ignoring_case(window, kWindows[i])) return &cells_[gauge][i];
    }
  }
  return nullptr;
}

void UsageGauges::observe(std::span<const net::Field> fields) const {
  for (const net::Field& field : fields) {
    if (field.name.size() < 2 || to_lower(field.name[0]) != 'x' || field.name[1] != '-') continue;
    Cell* cell = cell_of(field.name);
    if (cell == nullptr) continue;
    const auto value = parse_unsigned(field.value);
    if (!value || *value > std::numeric_limits<std::int64_t>::max()) continue;
    cell->store(static_cast<std::int64_t>(*value), std::memory_order_relaxed);
  }
}

std::vector<UsageReading> UsageGauges::readings() const {
  std::vector<UsageReading> readings;
  for (std::size_t gauge = 0; gauge < kGaugeCount; ++gauge) {
    for (std::size_t i = 0; i < kWindowCount; ++i) {
      const std::int64_t value = cells_[gauge][i].load(std::memory_order_relaxed);
      if (value == kNeverReported) continue;
      readings.push_back({std::string(kGauges[gauge].name), std::string(kWindows[i]), value});
    }
  }
  return readings;
}

}  // namespace apiforge::connectors::binance
