// What the catalogue holds, as JSON of the control API, and back. Pure; any thread.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <vector>

#include "base/refused.hpp"
#include "catalogue/apis.hpp"
#include "catalogue/credentials.hpp"

namespace apiforge::admin {

/// Whose it is, from where, and of when. What is declared by the file has no times.
void add_origin(boost::json::object& object, const model::TenantId& tenant, bool declared,
                WallTime created_at, WallTime updated_at);

boost::json::object show(const catalogue::StoredApi& api);
/// With masked fields.
boost::json::object show(const catalogue::CredentialView& credential);

/// InvalidBody for what has not the form of an Api.
Checked<model::Api> read_api(const boost::json::object& body);

boost::json::object show_route(const model::Api& api, const model::Route& route);

}  // namespace apiforge::admin
