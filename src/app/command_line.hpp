// The command line: `apiforge serve | check`. Reads settings and the declarative file, then acts.
#pragma once

namespace apiforge::app {

/// Runs the program. Returns its exit status: 0, 64 for a wrong command line (EX_USAGE), 78 for a
/// wrong setting or configuration (EX_CONFIG), 1 for what went wrong later.
int run_command_line(int argc, char** argv);

}  // namespace apiforge::app
