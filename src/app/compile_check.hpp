// compile_check: whether an API can be served, before it is stored. Any thread that may block.
#pragma once
#include <vector>

#include "base/problem.hpp"
#include "gateway/snapshot.hpp"

namespace apiforge::app {

/// What the compiler of Snapshots says against the API alone, with the credential that it names
/// among `credentials`. A credential that is not there is no fault here.
std::vector<BodyFault> compile_check(
    const model::Api& api, const std::vector<std::shared_ptr<const model::Credential>>& credentials,
    const std::vector<gateway::ConnectorEntry>& connectors);

}  // namespace apiforge::app
