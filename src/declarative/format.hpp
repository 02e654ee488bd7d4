// The format of the declarative file: its tables of members, applied to a document.
// Pure, any thread.
#pragma once
#include <array>
#include <string_view>

#include "declarative/cursor.hpp"
#include "model/api.hpp"

namespace boost::json {
class object;
}  // namespace boost::json

namespace apiforge::declarative {

/// The members of the document that a server keeps in its catalogue: what `apply` sends.
inline constexpr std::array<std::string_view, 5> kCatalogueMembers{
    "credentials", "apis", "quotas", "circuit_breakers", "alert_rules"};

/// Reads the whole document into a Configuration; what does not fit is left at its default and
/// noted as a fault of the cursor's Reading.
model::Configuration read_configuration(const Cursor& root);

/// The document that reads as this Configuration; what has its default is left out, but for empty
/// lists that it names.
boost::json::object write_configuration(const model::Configuration& configuration);

}  // namespace apiforge::declarative
