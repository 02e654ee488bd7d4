// What a process does to keep secrets in its memory from others. Called once at start, before
// secrets are read.
#pragma once
#include "base/error.hpp"

namespace apiforge::app {

/// No core dump of this process is written, and no process of the same user can attach to it or
/// read its memory (prctl PR_SET_DUMPABLE, RLIMIT_CORE). InternalError when the system refuses.
Result<void> forbid_core_dumps();

}  // namespace apiforge::app
