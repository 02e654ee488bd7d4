// The commands of the program beside `serve` and `check`. Each adds itself to the command line and,
// when it is given, puts what is to be done into `chosen`. Main thread.
#pragma once
#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace apiforge::app {

/// A command as it was given; running it gives the exit status.
using Command = std::function<int()>;

/// `init`, `user` and `key`: for operators, on the database itself. With SQLite no server may write
/// meanwhile; the control API does the same while one runs.
void add_account_commands(CLI::App& program, Command& chosen);

/// `backup`, `restore`, `vault`, `token-keys` and `audit`.
void add_maintenance_commands(CLI::App& program, Command& chosen);

/// `plan`, `apply` and `export`: the declarative file and the stored APIs, on the database itself
/// or through a running server.
void add_catalogue_commands(CLI::App& program, Command& chosen);

}  // namespace apiforge::app
