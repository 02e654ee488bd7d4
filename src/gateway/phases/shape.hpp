// shape: changes the request as the Api's transformation says, before it goes to the cache and to
// the upstream.
#pragma once
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

/// Whether `shape` will change the body, which `collect` then has to read whole into `call.body`,
/// `transform.max_body_bytes` at most. That is so for JSON only (`application/json`, `+json`);
/// anything else passes as it is.
bool shapes_body(const Call& call);

/// Fills `call.outgoing`, and changes `call.body` where `shapes_body` says so. Begins from the
/// request as it came each time, for a fallback to another Api. Fails with MalformedRequest (a body
/// that is no JSON, a value that does not fit), BodyTooLarge, UnsupportedMediaType (a compressed
/// body) or AmbiguousTarget.
///
/// When replies of the Api have their bodies changed, the upstream is asked for a whole and
/// uncompressed reply: no Range, `Accept-Encoding: identity`.
Step shape(Call& call);

}  // namespace apiforge::gateway::phases
