// OperationCall: one request on its way through an operation, checked against the document, and
// typed readers of what it holds. A reader is asked only for what the schema of its operation has:
// the types are known by then. One thread.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/control_api.hpp"
#include "admin/operation.hpp"
#include "auth/accounts/accounts.hpp"
#include "base/secret.hpp"
#include "catalogue/catalogue.hpp"

namespace apiforge::admin {

struct OperationCall {
  const ControlPorts& ports;
  const ControlRequest& request;
  auth::accounts::Actor actor;
  std::string id;  ///< of the path
  std::vector<std::pair<std::string, std::string>> query;
  boost::json::object body;
  auth::accounts::IfMatch if_match;

  const auth::accounts::Accounts& accounts() const { return ports.accounts; }
  const catalogue::Catalogue& catalogue() const { return ports.catalogue; }

  /// A query parameter, decoded.
  std::optional<std::string> parameter(std::string_view name) const;
  bool flag(std::string_view name) const { return parameter(name) == "true"; }
  std::optional<WallTime> time_parameter(std::string_view name) const;
  /// `tenant`, `user`, ... as an id; InvalidParameter is no case, an unknown one finds nothing.
  template <class Id>
  std::optional<Id> id_parameter(std::string_view name) const {
    auto text = parameter(name);
    return text ? std::optional(Id{*std::move(text)}) : std::nullopt;
  }
  /// `limit` and `cursor`.
  Result<auth::accounts::PageQuery> page() const;
  std::uint32_t limit() const;

  // Members of the body. The required ones:
  std::string text(std::string_view name) const;
  Secret secret(std::string_view name) const { return Secret(text(name)); }
  std::vector<std::string> texts(std::string_view name) const;
  // nullopt when the member is absent or null:
  std::optional<std::string> optional_text(std::string_view name) const;
  std::optional<Secret> optional_secret(std::string_view name) const;
  std::optional<std::vector<std::string>> optional_texts(std::string_view name) const;
  std::optional<bool> optional_flag(std::string_view name) const;
  std::optional<std::int64_t> optional_integer(std::string_view name) const;
  std::optional<WallTime> optional_time(std::string_view name) const;
  template <class Id>
  std::optional<Id> optional_id(std::string_view name) const {
    auto value = optional_text(name);
    return value ? std::optional(Id{*std::move(value)}) : std::nullopt;
  }
  /// Whether the member is there, be it null.
  bool has(std::string_view name) const { return body.contains(name); }
};

}  // namespace apiforge::admin
