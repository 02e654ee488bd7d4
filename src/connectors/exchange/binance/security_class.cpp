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

const Product* product_of(std::string_view path) {
  const auto* found = std::ranges::find_if(
      kProducts, [&](const Product& product) { return path.starts_with(product.prefix); });
  return found == kProducts.end() ? nullptr : found;
}

/// What stands behind `/<product>/v<n>/`, or nothing when the path has another shape.
std::string_view name_of(std::string_view path, const Product& product) {
  path.remove_prefix(product.prefix.size());
  const bool has_version =
      path.size() > 3 && path[0] == 'v' && path[1] >= '1' && path[1] <= '9' && path[2] == '/';
  return has_version ? path.substr(3) : std::string_view();
}

bool covers(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view listed) {
    return listed.ends_with('/') ? name.starts_with(listed) : name == listed;
  });
}

}  // namespace

SecurityClass security_class(std::string_view method, std::string_view path) {
  const bool is_read = method == "GET" || method == "HEAD";
  if (is_read && path.starts_with("/futures/data/")) return SecurityClass::Public;
  const Product* product = product_of(path);
  if (product == nullptr) return SecurityClass::Signed;
  const std::string_view name = name_of(path, *product);
  if (is_read && covers(product->public_names, name)) return SecurityClass::Public;
  if (covers(kKeyOnly, name)) return SecurityClass::KeyOnly;
  return SecurityClass::Signed;
}

std::string_view time_target(std::string_view path) {
  const Product* product = product_of(path);
  return product == nullptr ? kSpotTime : product->time_target;
}

}  // namespace apiforge::connectors::binance
