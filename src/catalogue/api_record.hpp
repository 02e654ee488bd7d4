// An Api and its record in the store: the JSON form of the contract as the body, `name@version` as
// the id, the name as the owner, so that the versions of a name can be listed. Pure; any thread.
#pragma once
#include "model/api.hpp"
#include "storage/records.hpp"

namespace apiforge::catalogue {

/// Without revision and times.
storage::Record to_record(const model::Api& api);

/// SealedDataUnreadable when the body is not what this build writes.
Result<storage::Stored<model::Api>> api_from_record(const storage::Record& record);

}  // namespace apiforge::catalogue
