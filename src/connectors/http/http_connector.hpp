// The connector `http`: puts a fixed credential on each request, as most HTTP APIs, data sources
// and LLM providers want it. Immutable, shared by all workers.
#pragma once
#include <memory>

#include "connectors/connector.hpp"

namespace apiforge::connectors {

/// Credential kinds: `header {name, value}`, `bearer {token}` (RFC 6750), `basic {username,
/// password}` (RFC 7617), `query_key {name, value}`; or none, and then nothing is added or
/// stripped.
///
/// With a credential, what the caller sent in its place is stripped: the field or query parameter
/// of that name, and every field in which callers of LLM and data APIs put their own key
/// (`Authorization`, `X-API-Key`, `Api-Key`, `X-Goog-Api-Key`), so that an operator's credential
/// never travels together with a caller's. But for that parameter the target stays byte for byte.
///
/// Fails with InvalidConfiguration when the kind is another one, when a field is missing or empty,
/// holds a control byte, or cannot stand where it has to; the detail names the field, not the
/// value.
Result<std::shared_ptr<const Connector>> make_http_connector(const model::Api& api,
                                                             const model::Credential* credential);

}  // namespace apiforge::connectors
