#include "sim/faults.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "sim/parameters.hpp"

namespace apiforge::sim {
namespace {

constexpr std::uint64_t kMaxMilliseconds = 10 * 60 * 1000;
constexpr std::uint64_t kMaxBytes = 64 << 20;

bool in_range(const std::optional<std::uint64_t>& value, std::uint64_t low, std::uint64_t high) {
  return value && *value >= low && *value <= high;
}

/// False when the name is unknown or the value is not for it.
bool apply(Faults& faults, std::string_view name, std::string_view value) {
  const auto number = parse_unsigned(value);
  if (name == "delay" || name == "slow") {
    if (!in_range(number, 0, kMaxMilliseconds)) return false;
    (name == "delay" ? faults.delay : faults.slow) = std::chrono::milliseconds(*number);
    return true;
  }
  if (name == "large" || name == "cut") {
    if (!in_range(number, 0, kMaxBytes)) return false;
    (name == "large" ? faults.large : faults.cut) = *number;
    return true;
  }
  if (name == "status") {
    if (!in_range(number, 200, 599)) return false;
    faults.status = static_cast<unsigned>(*number);
    return true;
  }
  if (!value.empty()) return false;
  if (name == "reset")
    faults.ending = Ending::Reset;
  else if (name == "close")
    faults.ending = Ending::Close;
  else if (name == "stall")
    faults.ending = Ending::Stall;
  else if (name == "close-after")
    faults.close_after = true;
  else
    return false;
  return true;
}

}  // namespace

std::expected<Faults, std::string> parse_faults(std::string_view list) {
  Faults faults;
  std::string wrong;
  for_each_element(list, [&](std::string_view element) {
    const auto equals = element.find('=');
    const auto value =
        equals == std::string_view::npos ? std::string_view{} : element.substr(equals + 1);
    if (!apply(faults, element.substr(0, equals), value)) wrong = element;
  });
  if (wrong.empty()) return faults;
  return std::unexpected(
      fmt::format("{}: \"{}\" is not one of delay=MS, status=CODE, reset, close, stall, cut=BYTES, "
                  "slow=MS, close-after, large=BYTES",
                  kFaultName, wrong));
}

std::expected<Faults, std::string> requested_faults(const Request& request) {
  const auto header = request.header(kFaultName);
  if (!header.empty()) return parse_faults(header);
  if (request.query.empty()) return Faults{};
  return parse_faults(Parameters(request.query).find_ignoring_case(kFaultName).value_or(""));
}

}  // namespace apiforge::sim
