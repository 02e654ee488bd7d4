// Dates of HTTP fields (RFC 9110 5.6.7). Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace apiforge::policy {

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT` and the two obsolete forms, that of RFC 850 (two digits of
/// a year, read as the last 50 or next 50 years of `now`) and that of asctime. The name of the day
/// is not checked. nullopt for anything else, and for years outside of 1970 to 2250.
std::optional<WallTime> parse_http_date(std::string_view text, WallTime now);

}  // namespace apiforge::policy
