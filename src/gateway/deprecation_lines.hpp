// What replies of a deprecated Api version say of it. Pure; any thread.
#pragma once
#include <string>

#include "base/clock.hpp"
#include "model/resilience.hpp"

namespace apiforge::gateway {

/// `Deprecation` (RFC 9745: a structured date), `Sunset` (RFC 8594: an HTTP date) and `Link` with
/// the relation `deprecation`, as lines ready to send; empty when there is nothing to say.
std::string deprecation_lines(const model::Deprecation& deprecation);

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7), cut to seconds.
std::string http_date(WallTime time);

}  // namespace apiforge::gateway
