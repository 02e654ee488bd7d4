// How access is refused. Part of `match`, `identify` and `authorize`.
#pragma once
#include "gateway/phases/phases.hpp"

namespace apiforge::gateway::phases {

/// Ends the call with the error and leaves a note for the audit log.
Step refuse(Call& call, WorkerContext& worker, Error error);
/// The note alone. `target` is an Api's name or a path.
void note_refusal(const Call& call, WorkerContext& worker, std::string_view target, ErrorCode code);

}  // namespace apiforge::gateway::phases
