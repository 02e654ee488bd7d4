// The connector `binance`: signs requests of the spot, futures, options and wallet REST APIs, keeps
// the provider's time, and reads how much of the limits is used. Shared by all workers: its state
// is atomic.
#pragma once
#include <memory>

#include "connectors/connector.hpp"

namespace apiforge::connectors {

/// Credential kinds: `hmac {key, secret}`, `ed25519 {key, private_key}` (PKCS#8 PEM), or none: then
/// every request passes as it is, with whatever credential its caller put on it.
///
/// Market data goes out without a key, `historicalTrades` and user data streams with the key alone,
/// everything else signed, stamped with the provider's time. A reply with error -1021 marks that
/// time as stale and asks for one more attempt, which is safe: it was refused before it was
/// executed.
///
/// Fails with InvalidConfiguration when the kind is another one or a field is missing, empty or
/// malformed; the detail names the field, not the value.
Result<std::shared_ptr<const Connector>> make_binance_connector(
    const model::Api& api, const model::Credential* credential);

}  // namespace apiforge::connectors
