#include "app/connector_list.hpp"

#include "connectors/exchange/binance/binance_connector.hpp"
#include "connectors/http/http_connector.hpp"

namespace apiforge::app {

std::vector<gateway::ConnectorEntry> connector_list() {
  return {
      {"http", connectors::make_http_connector},
      {"binance", connectors::make_binance_connector},
  };
}

}  // namespace apiforge::app
