// Times as text, as RFC 3339 section 5.6 writes them. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace apiforge {

/// `2026-11-23T03:04:05.678Z`: UTC, to the millisecond, later digits cut off.
std::string format_rfc3339(WallTime time);

/// A date-time with any offset and any number of digits of a second, of which nine count. nullopt
/// for anything else, for a day or an hour that does not exist, for second 60 (a leap second has no
/// place in WallTime), and outside the years 1970 to 2200.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace apiforge
