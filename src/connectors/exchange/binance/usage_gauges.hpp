// What Binance reports in its replies about the use of its limits: the weight of the address, the
// orders of the account. Owned by one connector, written and read by all workers: atomics inside.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "connectors/connector.hpp"

namespace apiforge::connectors::binance {

class UsageGauges {
 public:
  static constexpr std::size_t kGaugeCount = 4;
  static constexpr std::size_t kWindowCount = 8;

  UsageGauges();

  /// Takes `X-MBX-USED-WEIGHT-<window>`, `X-MBX-ORDER-COUNT-<window>` and
  /// `X-SAPI-USED-IP-WEIGHT-<window>`, `X-SAPI-USED-UID-WEIGHT-<window>` from a reply's fields;
  /// whatever else stands there, in name or value, is passed over.
  void observe(std::span<const net::Field> fields) const;

  /// The last value of each gauge that was ever reported: `used_weight`, `order_count`,
  /// `sapi_ip_weight`, `sapi_uid_weight`, by window (`10s`, `1m`, `1d`).
  std::vector<UsageReading> readings() const;

 private:
  using Cell = std::atomic<std::int64_t>;  // negative: never reported

  Cell* cell_of(std::string_view field_name) const;

  mutable std::array<std::array<Cell, kWindowCount>, kGaugeCount> cells_;
};

}  // namespace apiforge::connectors::binance
