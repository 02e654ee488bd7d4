// Error: what went wrong, who has to act, and whether trying again is safe. A plain value; any
// thread.
#pragma once
#include <expected>
#include <string>
#include <utility>

#include "base/error_codes.hpp"

namespace apiforge {

/// An error on its way to a caller or a log. `detail` is shown to callers: it names what is wrong
/// and how to mend it and never holds a secret. `context` is for logs only.
struct Error {
  ErrorCode code = ErrorCode::InternalError;
  std::string detail;
  std::string context;

  const ErrorCodeInfo& info() const { return kErrorCodes[static_cast<std::size_t>(code)]; }
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for returning an error from a function that returns Result<T>.
inline std::unexpected<Error> fail(ErrorCode code, std::string detail = {},
                                   std::string context = {}) {
  return std::unexpected(Error{code, std::move(detail), std::move(context)});
}

}  // namespace apiforge
