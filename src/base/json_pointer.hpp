// JSON pointers (RFC 6901), by which faults name a place in a document. Pure; any thread.
#pragma once
#include <string>
#include <string_view>

namespace apiforge {

/// The pointer to a member (or element, by its index) of what `parent` points to.
std::string json_pointer_to(std::string_view parent, std::string_view token);

/// Cuts the first token off a pointer and returns it unescaped. The pointer must not be empty.
std::string take_json_pointer_token(std::string_view& pointer);

}  // namespace apiforge
