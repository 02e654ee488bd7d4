"""Writes the C++ header of error codes from api/errors.yaml: generate_errors.py IN OUT."""
import sys

import yaml

HEADER = """// Generated from api/errors.yaml; change that file.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace apiforge {

/// Who has to act on an error.
enum class ErrorSource : std::uint8_t { Caller, Gateway, Upstream };

/// Stable error codes; the texts and HTTP statuses are in `kErrorCodes`.
enum class ErrorCode : std::uint8_t {
%s};

/// What is known of each error code. `retry_safe`: sending the same request again cannot do harm.
struct ErrorCodeInfo {
  std::string_view name;
  int status;
  ErrorSource source;
  bool retry_safe;
  std::string_view title;
};

inline constexpr std::array<ErrorCodeInfo, %d> kErrorCodes{{
%s}};

}  // namespace apiforge
"""


def pascal(code: str) -> str:
    return "".join(part.capitalize() for part in code.split("_"))


def row(error: dict) -> str:
    retry = "true" if error["retry"] else "false"
    source = error["source"].capitalize()
    return f'    {{"{error["code"]}", {error["status"]}, ErrorSource::{source}, {retry}, "{error["title"]}"}},\n'


def main() -> None:
    source, target = sys.argv[1:3]
    with open(source, encoding="utf-8") as file:
        errors = yaml.safe_load(file)["errors"]
    values = "".join(f"  {pascal(error['code'])},\n" for error in errors)
    rows = "".join(row(error) for error in errors)
    with open(target, "w", encoding="utf-8") as file:
        file.write(HEADER % (values, len(errors), rows))


main()
