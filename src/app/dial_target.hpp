// Where the requests go that the process makes for itself. One thread at a time for each `tls`.
#pragma once
#include <memory>

#include "model/url.hpp"
#include "net/dialer.hpp"

namespace apiforge::app {

/// The server of a URL. `tls` is what its owner trusts, loaded for the first `https://` and kept;
/// errors are those of net::TlsClientContext::load.
Result<std::shared_ptr<net::DialTarget>> dial_target(const model::UpstreamUrl& server,
                                                     std::shared_ptr<net::TlsClientContext>& tls);

}  // namespace apiforge::app
