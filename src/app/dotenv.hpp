// The `.env` file: lines of NAME=value. Pure; any thread.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace apiforge::app {

struct DotenvEntry {
  std::string name;
  std::string value;
  int line = 1;  ///< from 1
};

struct DotenvFault {
  int line = 1;
  std::string message;  ///< never holds a value
};

/// Reads the whole text. A line is empty, a comment (`# ...`), or `NAME=value`, with or without
/// `export` before it. A value is
///   plain           up to the end of the line or a ` #` comment, without the spaces around it
///   'single quoted' taken as it is
///   "double quoted" with \n, \r, \t, \", \\ and \$
/// and stays on its line. Variables in values are not expanded. Fails with every line that is
/// neither, and every name that was set before.
std::expected<std::vector<DotenvEntry>, std::vector<DotenvFault>> parse_dotenv(
    std::string_view text);

}  // namespace apiforge::app
