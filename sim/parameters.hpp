// Parameters: the decoded fields of a query or of a form body, in their order. A value; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apiforge::sim {

class Parameters {
 public:
  Parameters() = default;
  /// Of `a=1&b=2` (application/x-www-form-urlencoded). A broken percent escape stays as it is.
  explicit Parameters(std::string_view text) { append(text); }

  void append(std::string_view text);
  /// The first value of that name.
  std::optional<std::string_view> find(std::string_view name) const;
  /// As find(), but names are compared without regard to case.
  std::optional<std::string_view> find_ignoring_case(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace apiforge::sim
