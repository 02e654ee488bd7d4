// From a raw request to what its operation's contract in the document promises: parameters, body
// and preconditions, or all that is wrong with them. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/control_request.hpp"
#include "admin/detail/operation_contract.hpp"
#include "auth/accounts/ports.hpp"
#include "base/refused.hpp"

namespace apiforge::admin {

/// The body, empty when there is none and none is required. UnsupportedMediaType, MalformedRequest,
/// InvalidBody.
Checked<boost::json::object> check_body(const ControlRequest& request,
                                        const OperationContract& contract);

/// InvalidBody with these faults, of which there is one at least.
Refused invalid_body(std::vector<BodyFault> faults);

/// The query parameters, decoded. InvalidParameter for one that is unknown, given twice, missing,
/// or breaks its schema.
Result<std::vector<std::pair<std::string, std::string>>> check_query(
    const ControlRequest& request, const OperationContract& contract);

/// `If-Match` as the revision of an ETag; nullopt when it is absent or `*`. InvalidParameter for
/// what is no ETag of ours.
Result<auth::accounts::IfMatch> check_if_match(const ControlRequest& request);

/// `Idempotency-Key`: 1..255 visible ASCII characters. InvalidParameter for any other.
Result<std::optional<std::string>> check_idempotency_key(const ControlRequest& request);

}  // namespace apiforge::admin
