// What an Api has to keep to before it is stored: in itself, and among all others. See ports.hpp
// for threads.
#pragma once
#include <vector>

#include "catalogue/ports.hpp"

namespace apiforge::catalogue::detail {

/// The faults of an Api whose tenant is set: of its values, of what the data plane makes of them,
/// and of the addresses of its endpoints, whose names are resolved. Blocks; not for transactions.
std::vector<BodyFault> faults_in_itself(const Ports& ports, const model::Api& api);

/// The faults of what the Api takes or leads to: the default version, routes, mirror, fallbacks.
/// Stored versions that are the default do not count: see Apis::replace.
std::vector<BodyFault> faults_among_others(const Inventory::Reading& inventory,
                                           const model::Api& api);

/// A fault when the tenant has no credential of the name that the Api signs with.
Result<std::vector<BodyFault>> faults_of_credential(storage::Transaction& transaction,
                                                    const auth::Vault& vault,
                                                    const model::Configuration& file,
                                                    const model::Api& api);

/// Of the credentials in a file, which are all the platform's; null when there is none.
const model::Credential* declared_credential(const model::Configuration& file,
                                             const model::TenantId& tenant, std::string_view name);

}  // namespace apiforge::catalogue::detail
