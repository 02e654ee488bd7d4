// What limits see of a Call. Part of `admit`.
#pragma once
#include "gateway/call.hpp"
#include "gateway/snapshot.hpp"
#include "quota/subject.hpp"

namespace apiforge::gateway::phases {

/// Views of the Call, which live for one statement.
quota::Subject subject_of(const Call& call, const CompiledLimits& limits);

}  // namespace apiforge::gateway::phases
