// The format of the declarative file: its tables of members, applied to a document.
// Used by load.cpp alone; pure, any thread.
#pragma once
#include "declarative/cursor.hpp"
#include "model/api.hpp"

namespace apiforge::declarative {

/// Reads the whole document into a Configuration; what does not fit is left at its default and
/// noted as a fault of the cursor's Reading.
model::Configuration read_configuration(const Cursor& root);

}  // namespace apiforge::declarative
