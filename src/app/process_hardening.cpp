#include "app/process_hardening.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>

namespace apiforge::app {

Result<void> forbid_core_dumps() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) {
    return fail(ErrorCode::InternalError, "The size of core dumps could not be limited");
  }
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return fail(ErrorCode::InternalError, "Core dumps could not be switched off");
  }
  return {};
}

void live_with_limited_files() {
  ::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace apiforge::app
