// reshape: changes the reply as the Api's transformation says, on its way to the caller. A reply of
// the upstream and one from the cache are changed alike; replies of the gateway's own are not.
#pragma once
#include <string>
#include <vector>

#include "gateway/call.hpp"
#include "gateway/whole_reply.hpp"

namespace apiforge::gateway::phases {

/// Whether the body of a reply with this head is to be changed, so that it has to be collected
/// (`transform.max_body_bytes` at most) and given to `reshape`. TransformFailed: it ought to be,
/// but it is compressed or a part only.
Result<bool> reshapes_body(const Call& call, const net::ResponseHead& head);
Result<bool> reshapes_body(const Call& call, const WholeReply& reply);

/// The texts that changed fields are views of. Kept where the fields are used.
struct FieldTexts {
  std::string values;
  std::string etag;
};

/// Changes fields and body. Fails with TransformFailed (no JSON, a value that does not fit) or
/// ReplyTooLarge; the reply must then not be used.
Result<void> reshape(const Call& call, WholeReply& reply);

/// Changes only the fields: of a reply whose body passes as it is, or that has none.
Result<void> reshape_fields(const Call& call, int status, std::vector<net::Field>& fields,
                            FieldTexts& texts);

}  // namespace apiforge::gateway::phases
