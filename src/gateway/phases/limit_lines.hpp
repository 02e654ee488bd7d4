// What callers hear of limits. Part of `admit`; pure.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "quota/limiter.hpp"

namespace apiforge::gateway::phases {

/// RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11) of the limit that the
/// verdict names, appended as lines.
void append_limit_lines(const quota::Verdict& verdict, std::string& out);

/// At least 1, so that nobody comes back at once.
std::int64_t whole_seconds(std::chrono::nanoseconds time);

}  // namespace apiforge::gateway::phases
