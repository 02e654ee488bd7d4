// A whole error reply for a request that could not be parsed. Pure; any thread.
#pragma once
#include <string>

#include "base/problem.hpp"

namespace apiforge::gateway {

/// A whole HTTP/1.1 message that closes its connection.
std::string problem_message(const Error& error, std::string_view request_id);

}  // namespace apiforge::gateway
