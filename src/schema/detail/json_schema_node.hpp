// The compiled form of one schema, and how it is made. Immutable once compiled; any thread.
#pragma once
#include <re2/re2.h>

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/json_schema.hpp"

namespace apiforge::schema {

struct JsonSchema::Node {
  /// Bits of the types that are allowed; 0 for any.
  enum Type : std::uint8_t {
    kNull = 1,
    kBoolean = 2,
    kInteger = 4,
    kNumber = 8,
    kString = 16,
    kArray = 32,
    kObject = 64,
  };
  std::uint8_t types = 0;
  std::vector<std::string> allowed;  ///< texts; empty: all
  // of texts
  std::size_t min_length = 0;
  std::optional<std::size_t> max_length;
  std::unique_ptr<const RE2> pattern;
  bool is_date_time = false;
  // of numbers
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;
  // of arrays
  std::unique_ptr<const Node> items;
  std::size_t min_items = 0;
  std::optional<std::size_t> max_items;
  bool unique_items = false;
  // of objects
  std::vector<std::pair<std::string, std::unique_ptr<const Node>>> properties;
  std::vector<std::string> required;
  bool is_closed = false;              ///< no members beside `properties`
  std::unique_ptr<const Node> others;  ///< what members beside `properties` must be; null: anything
  std::optional<std::size_t> max_members;
};

/// See JsonSchema::compile.
Result<std::unique_ptr<const JsonSchema::Node>> compile_schema(const boost::json::object& schema,
                                                               const boost::json::object& document,
                                                               Unknown unknown);

}  // namespace apiforge::schema
