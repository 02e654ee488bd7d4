// JSON Merge Patch (RFC 7396). Pure; any thread.
#pragma once
#include <boost/json/object.hpp>

namespace apiforge::admin {

/// `target` as `patch` changes it: null removes a member, an object changes one, anything else
/// replaces it. Recurses as deep as the patch.
void merge_patch(boost::json::object& target, const boost::json::object& patch);

}  // namespace apiforge::admin
