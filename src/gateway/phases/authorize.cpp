#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

Step authorize(Call& call, WorkerContext&) {
  if (call.config().config.access.is_public) return Step::GoOn;
  call.error = Error{ErrorCode::AuthenticationRequired,
                     "this API is not public (access.public) and the request names no caller",
                     {}};
  return Step::Fail;
}

}  // namespace apiforge::gateway::phases
