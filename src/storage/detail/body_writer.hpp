// BodyWriter: visits the fields of a value (body_fields.hpp) and makes the JSON object of them. One
// thread; lives for one conversion.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/identity.hpp"

namespace apiforge::storage::detail {

class BodyWriter {
 public:
  void operator()(std::string_view name, const std::string& text);
  void operator()(std::string_view name, const Secret& secret);
  void operator()(std::string_view name, bool flag);
  /// Milliseconds since 1970; what is finer is cut off.
  void operator()(std::string_view name, WallTime time);
  /// null when there is none.
  void operator()(std::string_view name, const std::optional<WallTime>& time);
  void operator()(std::string_view name, const std::vector<std::string>& texts);
  void operator()(std::string_view name, model::PermissionSet permissions);
  void operator()(std::string_view name, const std::vector<model::Cidr>& networks);
  void operator()(std::string_view name, const std::vector<model::ApiKeySecret>& secrets);
  /// Base64.
  void bytes(std::string_view name, const std::string& bytes);

  std::string text() const;

 private:
  boost::json::object object_;
};

}  // namespace apiforge::storage::detail
