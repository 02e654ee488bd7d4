#include "sim/exchange/read_parameters.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"

namespace apiforge::sim::exchange {
namespace {

constexpr std::string_view kLegalSymbol = "^[A-Z0-9-_.]{1,20}$";
constexpr std::size_t kMaxSymbolLength = 20;

bool is_symbol(std::string_view text) {
  if (text.empty() || text.size() > kMaxSymbolLength) return false;
  for (const char c : text) {
    const bool legal =
        (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!legal) return false;
  }
  return true;
}

Outcome<const Market*> find_market(const Venue& venue, std::string_view name,
                                   std::string_view parameter) {
  if (!is_symbol(name)) return illegal_characters(parameter, kLegalSymbol);
  const Market* market = venue.market(name);
  if (!market) return refuse(-1121, "Invalid symbol.");
  return market;
}

}  // namespace

Outcome<const Market*> read_market(const Venue& venue, const Parameters& parameters) {
  const auto name = parameters.find("symbol").value_or("");
  if (name.empty()) return missing_parameter("symbol");
  return find_market(venue, name, "symbol");
}

Outcome<const Market*> read_optional_market(const Venue& venue, const Parameters& parameters) {
  if (!parameters.find("symbol")) return nullptr;
  return read_market(venue, parameters);
}

Outcome<std::vector<const Market*>> read_markets(const Venue& venue, const Parameters& parameters) {
  std::vector<const Market*> markets;
  if (parameters.find("symbol")) {
    const auto market = read_market(venue, parameters);
    if (!market) return std::unexpected(market.error());
    markets.push_back(*market);
    return markets;
  }
  const auto list = parameters.find("symbols");
  if (!list) {
    for (const Market& market : venue.markets()) markets.push_back(&market);
    return markets;
  }
  boost::system::error_code error;
  const auto names = boost::json::parse({list->data(), list->size()}, error);
  if (error || !names.is_array()) return illegal_characters("symbols", "[\"BTCUSDT\",...]");
  for (const auto& name : names.get_array()) {
    const auto text = name.is_string() ? std::string_view(name.get_string()) : std::string_view{};
    const auto market = find_market(venue, text, "symbols");
    if (!market) return std::unexpected(market.error());
    markets.push_back(*market);
  }
  return markets;
}

Outcome<std::optional<std::int64_t>> read_integer(const Parameters& parameters,
                                                  std::string_view name) {
  const auto text = parameters.find(name);
  if (!text) return std::nullopt;
  const auto value = parse_unsigned(*text);
  if (!value || *value > std::numeric_limits<std::int64_t>::max()) {
    return illegal_characters(name, "^[0-9]{1,20}$");
  }
  return static_cast<std::int64_t>(*value);
}

Outcome<std::size_t> read_limit(const Parameters& parameters, std::size_t usual,
                                std::size_t maximum) {
  const auto limit = read_integer(parameters, "limit");
  if (!limit) return std::unexpected(limit.error());
  if (!*limit) return usual;
  if (**limit == 0) return refuse(-1130, "Data sent for parameter 'limit' is not valid.");
  return std::min(static_cast<std::size_t>(**limit), maximum);
}

}  // namespace apiforge::sim::exchange
