// The key under which replies to a call are kept, and the fields by which they are told apart. Pure
// reads of the Call.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "gateway/call.hpp"
#include "policy/http_cache.hpp"

namespace apiforge::gateway::phases {

/// Writes the key of the call's target. In it are: the Api version (`api_id`), whose replies they
/// are (the tenant, the caller, or everybody's), where the caller thinks it is (host and scheme,
/// which upstreams of kind `http` are told), path and query as they go upstream, and the Api's
/// `key_headers`. Never a credential. Each part has its length before it, so that no two calls can
/// be made to have the same key.
void write_cache_key(const Call& call, std::uint64_t api_id, std::string& out);

/// The fields of the request as the upstream gets them, as far as the cache looks at them.
/// `storage` is used when `shape` has changed them.
std::span<const net::Field> cached_fields(const Call& call, std::vector<net::Field>& storage);

/// What they mean. A credential that is for the gateway does not count.
policy::RequestFacts request_facts(const Call& call, std::span<const net::Field> fields);

}  // namespace apiforge::gateway::phases
