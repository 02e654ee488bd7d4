// Bodies of requests to JSON values: strict, bounded, and telling where the fault is. Pure; any
// thread.
#pragma once
#include <boost/json/value.hpp>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::admin {

inline constexpr std::size_t kMaxJsonDepth = 32;
inline constexpr std::size_t kMaxFormPairs = 64;

/// One JSON text (RFC 8259) in UTF-8, at most 32 levels deep, without a name twice in one object:
/// which of two would count differs between readers. MalformedRequest names line and column.
Result<boost::json::value> parse_json(std::string_view text);

/// `application/x-www-form-urlencoded` (WHATWG URL 5.1) to an object of texts. MalformedRequest for
/// a name twice, for escapes that are none, and for what is not UTF-8.
Result<boost::json::value> parse_form(std::string_view text);

}  // namespace apiforge::admin
