// The connectors of this build. The explicit list is the registration.
#pragma once
#include <vector>

#include "gateway/snapshot.hpp"

namespace apiforge::app {

std::vector<gateway::ConnectorEntry> connector_list();

}  // namespace apiforge::app
