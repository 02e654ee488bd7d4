// How many quotas one call may have to keep to. Pure; any thread.
#pragma once
#include <cstddef>
#include <span>

#include "model/quota.hpp"

namespace apiforge::model {

/// At most so many of these quotas hold for one and the same call. Never too few; too many only
/// where the widest sets of quotas that name different members (a key, an Api) never meet.
std::size_t most_for_one_call(std::span<const Quota> quotas);

}  // namespace apiforge::model
