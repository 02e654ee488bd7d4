// BodyReader: visits the fields of a value (body_fields.hpp) and fills them from a JSON object.
// Strict: each member must be there in its own type, and there must be no other. One thread; lives
// for one conversion.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/identity.hpp"

namespace apiforge::storage::detail {

class BodyReader {
 public:
  /// `object` must outlive the reader.
  explicit BodyReader(const boost::json::object& object) : object_(object) {}

  void operator()(std::string_view name, std::string& text);
  void operator()(std::string_view name, Secret& secret);
  void operator()(std::string_view name, bool& flag);
  void operator()(std::string_view name, WallTime& time);
  void operator()(std::string_view name, std::optional<WallTime>& time);
  void operator()(std::string_view name, std::vector<std::string>& texts);
  void operator()(std::string_view name, model::PermissionSet& permissions);
  void operator()(std::string_view name, std::vector<model::Cidr>& networks);
  void operator()(std::string_view name, std::vector<model::ApiKeySecret>& secrets);
  void bytes(std::string_view name, std::string& bytes);

  /// After all fields: the name of the first member that is missing or wrong, if any.
  std::optional<std::string> fault() const;

 private:
  /// The member, or nullptr and a fault.
  const boost::json::value* member(std::string_view name);
  void refuse(std::string_view name);

  const boost::json::object& object_;
  std::size_t visited_ = 0;
  std::string fault_;
};

}  // namespace apiforge::storage::detail
