// A record as a row of the table records, or of removals. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "storage/record.hpp"
#include "storage/sql/detail/statement.hpp"

namespace apiforge::storage::detail {

/// The letters of the columns id, tenant, owner, names, body, revision, created_at, updated_at.
inline constexpr std::string_view kRecordColumns = "tttttnnn";

/// Reads a row of these columns, in this order; the texts are moved out of it.
Record record_in(Statement& row, Kind kind);

/// Names as one text: a JSON array, or nothing when there are none, which is the usual case.
std::string names_text(const std::vector<std::string>& names);
std::vector<std::string> names_in(std::string_view text);

WallTime time_in(std::int64_t milliseconds);

}  // namespace apiforge::storage::detail
