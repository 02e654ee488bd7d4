// What limits see of a Call, and what callers hear of limits. Part of `admit`.
#pragma once
#include <string>

#include "gateway/call.hpp"
#include "gateway/worker_context.hpp"
#include "quota/limiter.hpp"
#include "quota/subject.hpp"

namespace apiforge::gateway::phases {

/// Views of the Call, which live for one statement.
quota::Subject subject_of(const Call& call, const CompiledLimits& limits);

/// RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11) of the limit that the
/// verdict names, appended as lines.
void append_limit_lines(const quota::Verdict& verdict, std::string& out);

/// At least 1, so that nobody comes back at once.
std::int64_t whole_seconds(std::chrono::nanoseconds time);

}  // namespace apiforge::gateway::phases
