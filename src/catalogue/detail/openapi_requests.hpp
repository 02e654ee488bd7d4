// What requests need of an OpenAPI document. Part of the import; pure, any thread.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/problem.hpp"

namespace apiforge::catalogue::detail {

/// The members of the document that tell what requests look like, without annotations. References
/// that lead out of the document or nowhere are faults.
boost::json::object request_part(const boost::json::object& document,
                                 std::vector<BodyFault>& faults);

/// The object or the text under a name; null, and an empty text, when it is none.
const boost::json::object* object_at(const boost::json::object& parent, std::string_view name);
std::string_view text_at(const boost::json::object& parent, std::string_view name);

}  // namespace apiforge::catalogue::detail
