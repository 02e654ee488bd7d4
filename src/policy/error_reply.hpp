// Replies that tell of an error with a status that says success. Pure; any thread.
#pragma once
#include <string_view>
#include <vector>

#include "model/resilience.hpp"

namespace apiforge::policy {

/// Larger bodies are not looked at.
inline constexpr std::size_t kMaxJudgedReply = 64 * 1024;

/// Whether a reply with status 200 is one of the errors that the Api declares: any of `declared`
/// whose conditions all hold for the JSON body. A body that is not JSON (by its own bytes, whatever
/// its type says), or is larger than kMaxJudgedReply, is none.
bool is_declared_error(const std::vector<model::ErrorReply>& declared, int status,
                       std::string_view body);

}  // namespace apiforge::policy
