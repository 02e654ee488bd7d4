// AlertDelivery: what one webhook is told, once. And its signature. Values; any thread.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/secret.hpp"

namespace apiforge::quota {

struct AlertDelivery {
  std::string id{};  ///< unique, and later ones sort behind earlier ones
  std::string tenant{};
  std::string rule{};
  std::string url{};
  std::string type{};       ///< `alert.firing` or `alert.resolved`
  std::string body{};       ///< JSON: an event of docs/events.md
  std::string signature{};  ///< from when it was made; used when the rule's secret is gone
  friend bool operator==(const AlertDelivery&, const AlertDelivery&) = default;
};

/// For alerts and their deliveries: 12 hexadecimal digits of the time and 20 random ones.
std::string make_alert_id(WallTime now);

/// `t=<unix seconds>,v1=<hex>`: HMAC-SHA256 over `<unix seconds>.<body>`; empty without a secret.
std::string sign_webhook(const Secret& secret, WallTime now, std::string_view body);

}  // namespace apiforge::quota
