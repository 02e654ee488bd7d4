// Cursors: where a list goes on, as clients hand it back. Opaque to them. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::admin {

/// For the id that the next page follows; Base64 for URLs without padding (RFC 4648 5).
std::string make_cursor(std::string_view last_id);
/// The id. InvalidParameter for a text that `make_cursor` does not make. Nothing is trusted in it:
/// it only says where in the caller's own list to go on.
Result<std::string> read_cursor(std::string_view cursor);

}  // namespace apiforge::admin
