// JsonSchema: what a body or a parameter must look like, compiled from the API's document. It tells
// every fault with a JSON pointer and never repeats a value. Immutable; any thread.
//
// It knows the part of JSON Schema 2020-12 that the document uses for requests and refuses to
// compile the rest, so that no rule of the document is silently ignored. Patterns run on RE2, whose
// time is linear in the text.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/problem.hpp"

namespace boost::json {
class object;
class value;
}  // namespace boost::json

namespace apiforge::schema {

class JsonSchema {
 public:
  /// Further ones are told once these are mended.
  static constexpr std::size_t kMaxFaults = 100;

  /// `document` is what references (`#/components/...`) point into. InvalidConfiguration for a
  /// keyword, a type or a reference that is not known.
  static Result<JsonSchema> compile(const boost::json::object& schema,
                                    const boost::json::object& document);
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  ~JsonSchema();

  /// All faults, in the order of the value; none when it is valid.
  std::vector<BodyFault> check(const boost::json::value& value) const;
  /// The same for the text of a query parameter, which is read as the type that the schema wants.
  std::vector<BodyFault> check_parameter(std::string_view text) const;

  struct Node;

 private:
  explicit JsonSchema(std::unique_ptr<const Node> root);
  std::unique_ptr<const Node> root_;
};

}  // namespace apiforge::schema
