// What a process does to keep secrets in its memory from others, and to live through the limits
// that it is given. Called once at start, by one thread, before secrets are read.
#pragma once
#include "base/error.hpp"

namespace apiforge::app {

/// No core dump of this process is written, and no process of the same user can attach to it or
/// read its memory (prctl PR_SET_DUMPABLE, RLIMIT_CORE). InternalError when the system refuses.
Result<void> forbid_core_dumps();

/// Writing to a file that may not grow further (RLIMIT_FSIZE) fails, as on a disk that is full,
/// rather than ending the process (SIGXFSZ).
void live_with_limited_files();

}  // namespace apiforge::app
