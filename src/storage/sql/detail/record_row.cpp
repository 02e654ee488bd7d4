#include "storage/sql/detail/record_row.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace apiforge::storage::detail {

WallTime time_in(std::int64_t milliseconds) {
  return WallTime(std::chrono::milliseconds(milliseconds));
}

Record record_in(Statement& row, Kind kind) {
  Record record;
  record.kind = kind;
  record.id = std::move(row.text(0));
  record.tenant = std::move(row.text(1));
  record.owner = std::move(row.text(2));
  record.names = names_in(row.text(3));
  record.body = std::move(row.text(4));
  record.revision = static_cast<std::uint64_t>(row.number(5));
  record.created_at = time_in(row.number(6));
  record.updated_at = time_in(row.number(7));
  return record;
}

std::string names_text(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  return boost::json::serialize(boost::json::array(names.begin(), names.end()));
}

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  if (text.empty()) return names;
  boost::json::error_code error;
  const boost::json::value json = boost::json::parse(text, error);
  if (error || !json.is_array()) return names;
  for (const boost::json::value& element : json.get_array()) {
    if (const auto* name = element.if_string()) names.emplace_back(name->data(), name->size());
  }
  return names;
}

}  // namespace apiforge::storage::detail
