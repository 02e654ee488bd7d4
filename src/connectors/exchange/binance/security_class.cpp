#include "connectors/exchange/binance/security_class.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace apiforge::connectors::binance {
namespace {

// Names behind `/<product>/v<n>/`. One that ends in `/` covers all that is below it.
constexpr std::array<std::string_view, 14> kSpotPublic{
    "ping",      "time",           "exchangeInfo",   "depth",          "trades",
    "aggTrades", "klines",         "uiKlines",       "avgPrice",       "ticker",
    "ticker/",   "executionRules", "referencePrice", "referencePrice/"};
constexpr std::array<std::string_view, 24> kFuturesPublic{"ping",
                                                          "time",
                                                          "exchangeInfo",
                                                          "depth",
                                                          "rpiDepth",
                                                          "trades",
                                                          "aggTrades",
                                                          "klines",
                                                          "continuousKlines",
                                                          "indexPriceKlines",
                                                          "markPriceKlines",
                                                          "premiumIndexKlines",
                                                          "premiumIndex",
                                                          "fundingRate",
                                                          "fundingInfo",
                                                          "ticker/",
                                                          "openInterest",
                                                          "indexInfo",
                                                          "assetIndex",
                                                          "constituents",
                                                          "insuranceBalance",
                                                          "symbolAdlRisk",
                                                          "tradingSchedule",
                                                          "lvtKlines"};
constexpr std::array<std::string_view, 12> kOptionsPublic{
    "ping", "time",   "exchangeInfo", "depth",           "trades",       "klines",
    "mark", "ticker", "index",        "exerciseHistory", "openInterest", "blockTrades"};
constexpr std::array<std::string_view, 1> kPortfolioPublic{"ping"};
constexpr std::array<std::string_view, 1> kWalletPublic{"system/status"};

constexpr std::array<std::string_view, 4> kKeyOnly{"historicalTrades", "userDataStream",
                                                   "userDataStream/", "listenKey"};

/// A group of endpoints with a path prefix and, mostly, a host of its own.
struct Product {
  std::string_view prefix;
  std::span<const std::string_view> public_names;
  std::string_view time_target;
};
constexpr std::string_view kSpotTime = "/api/v3/time";
constexpr std::array<Product, 6> kProducts{{
    {"/api/", kSpotPublic, kSpotTime},
    {"/sapi/", kWalletPublic, kSpotTime},
    {"/fapi/", kFuturesPublic, "/fapi/v1/time"},
    {"/dapi/", kFuturesPublic, "/dapi/v1/time"},
    {"/eapi/", kOptionsPublic, "/eapi/v1/time"},
    {"/papi/", kPortfolioPublic, kSpotTime},
}};

/// What stands behind `v<n>/`, or nothing when there is no version.
std::string_view behind_version(std::string_view text) {
  const bool has_version =
      text.size() > 3 && text[0] == 'v' && text[1] >= '1' && text[1] <= '9' && text[2] == '/';
  return has_version ? text.substr(3) : std::string_view();
}

/// Where a path leads to.
struct Resource {
  const Product* product = nullptr;
  std::string_view name;  ///< behind `/<product>/v<n>/`
};

/// Finds the first `/<product>/v<n>/<name>`. It may stand behind other segments: those of the route
/// by which a caller reaches the Api, or those of an endpoint's URL.
Resource resource_of(std::string_view path) {
  for (auto at = path.find('/'); at != std::string_view::npos; at = path.find('/', at + 1)) {
    const std::string_view rest = path.substr(at);
    for (const Product& product : kProducts) {
      if (!rest.starts_with(product.prefix)) continue;
      const std::string_view name = behind_version(rest.substr(product.prefix.size()));
      if (!name.empty()) return {&product, name};
    }
  }
  return {};
}

bool covers(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view listed) {
    return listed.ends_with('/') ? name.starts_with(listed) : name == listed;
  });
}

}  // namespace

SecurityClass security_class(std::string_view method, std::string_view path) {
  const bool is_read = method == "GET" || method == "HEAD";
  const Resource resource = resource_of(path);
  if (resource.product == nullptr) {
    const bool is_statistics = path.find("/futures/data/") != std::string_view::npos;
    return is_read && is_statistics ? SecurityClass::Public : SecurityClass::Signed;
  }
  if (is_read && covers(resource.product->public_names, resource.name)) {
    return SecurityClass::Public;
  }
  if (covers(kKeyOnly, resource.name)) return SecurityClass::KeyOnly;
  return SecurityClass::Signed;
}

std::string_view time_target(std::string_view path) {
  const Product* product = resource_of(path).product;
  return product == nullptr ? kSpotTime : product->time_target;
}

}  // namespace apiforge::connectors::binance
