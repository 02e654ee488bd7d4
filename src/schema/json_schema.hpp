// JsonSchema: what a body or a parameter must look like, compiled from the API's document. It tells
// every fault with a JSON pointer and never repeats a value. Immutable; any thread.
//
// It knows the part of JSON Schema 2020-12 that the document of the control API uses for requests
// and refuses to compile the rest, so that no rule of that document is silently ignored. Documents
// of others are compiled with Unknown::Ignore: what is not known here allows everything. Patterns
// run on RE2, whose time is linear in the text.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/problem.hpp"

namespace boost::json {
class object;
class value;
}  // namespace boost::json

namespace apiforge::schema {

/// What becomes of the rules of a schema that this class does not know.
enum class Unknown : std::uint8_t { Refuse, Ignore };

class JsonSchema {
 public:
  /// Further ones are told once these are mended.
  static constexpr std::size_t kMaxFaults = 100;

  /// `document` is what references (`#/components/...`) point into. InvalidConfiguration for a
  /// keyword, a type or a reference that is not known, unless those are to be ignored: then schemas
  /// that contain themselves are checked down to where they do.
  static Result<JsonSchema> compile(const boost::json::object& schema,
                                    const boost::json::object& document,
                                    Unknown unknown = Unknown::Refuse);
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;
  ~JsonSchema();

  /// All faults, in the order of the value; none when it is valid.
  std::vector<BodyFault> check(const boost::json::value& value) const;
  /// The same for the text of a query parameter, which is read as the type that the schema wants.
  std::vector<BodyFault> check_parameter(std::string_view text) const;
  /// The same for a parameter that may be repeated: an array, when the schema allows one.
  std::vector<BodyFault> check_parameters(std::span<const std::string> texts) const;

  struct Node;

 private:
  explicit JsonSchema(std::unique_ptr<const Node> root);
  std::unique_ptr<const Node> root_;
};

}  // namespace apiforge::schema
