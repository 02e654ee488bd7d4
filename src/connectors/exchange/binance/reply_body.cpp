#include "connectors/exchange/binance/reply_body.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <chrono>

namespace apiforge::connectors::binance {
namespace {

/// The integer member of that name of a JSON object.
std::optional<std::int64_t> integer_member(std::string_view body, std::string_view name) {
  constexpr std::size_t kMaxBodySize = 4096;
  if (body.size() > kMaxBodySize) return std::nullopt;
  unsigned char buffer[2048];  // enough for each body that is meant here
  boost::json::monotonic_resource memory(buffer, sizeof(buffer));
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse({body.data(), body.size()}, error, &memory);
  if (error || !value.is_object()) return std::nullopt;
  const boost::json::value* member = value.get_object().if_contains({name.data(), name.size()});
  if (member == nullptr || !member->is_int64()) return std::nullopt;
  return member->get_int64();
}

}  // namespace

std::optional<std::int64_t> parse_error_code(std::string_view body) {
  return integer_member(body, "code");
}

std::optional<WallTime> parse_server_time(std::string_view body) {
  constexpr std::int64_t kStartOf2017 = 1'483'228'800'000;
  constexpr std::int64_t kStartOf2100 = 4'102'444'800'000;
  const auto milliseconds = integer_member(body, "serverTime");
  if (!milliseconds || *milliseconds < kStartOf2017 || *milliseconds >= kStartOf2100) {
    return std::nullopt;
  }
  return WallTime(std::chrono::milliseconds(*milliseconds));
}

}  // namespace apiforge::connectors::binance
