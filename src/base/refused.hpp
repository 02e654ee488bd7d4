// Refused: an error together with what is wrong in the body that was sent. A value; any thread.
#pragma once
#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/problem.hpp"

namespace apiforge {

/// An error, and the faults of the body when it is InvalidBody.
struct Refused {
  Refused(Error the_error, std::vector<BodyFault> the_faults = {})
      : error(std::move(the_error)), faults(std::move(the_faults)) {}

  Error error;
  std::vector<BodyFault> faults;
};
template <class T>
using Checked = std::expected<T, Refused>;

/// InvalidBody, which tells the first fault in its detail as well. There is one at least.
inline std::unexpected<Refused> refuse_body(std::vector<BodyFault> faults) {
  const BodyFault& first = faults.front();
  std::string detail = (first.pointer.empty() ? "the body" : first.pointer) + " " + first.message;
  return std::unexpected(
      Refused({ErrorCode::InvalidBody, std::move(detail), {}}, std::move(faults)));
}

/// The error of either kind of result, for code that serves both.
template <class T>
const Error& error_of(const Result<T>& result) {
  return result.error();
}
template <class T>
const Error& error_of(const Checked<T>& result) {
  return result.error().error;
}

}  // namespace apiforge
