#include "app/dial_target.hpp"

namespace apiforge::app {

Result<std::shared_ptr<net::DialTarget>> dial_target(const model::UpstreamUrl& server,
                                                     std::shared_ptr<net::TlsClientContext>& tls) {
  auto target = std::make_shared<net::DialTarget>();
  target->address = {server.host, server.port};
  if (!server.tls) return target;
  if (!tls) {
    auto loaded = net::TlsClientContext::load({});
    if (!loaded) return std::unexpected(std::move(loaded.error()));
    tls = *std::move(loaded);
  }
  target->tls = tls;
  target->server_name = server.host;
  return target;
}

}  // namespace apiforge::app
