// In which members two JSON objects differ, for people. Pure; any thread.
#pragma once
#include <vector>

#include "catalogue/plan.hpp"

namespace boost::json {
class object;
}  // namespace boost::json

namespace apiforge::catalogue::detail {

/// Further ones are not told.
inline constexpr std::size_t kMaxMemberChanges = 256;

/// Values under names that tell of a secret are masked, and so is the `value` beside such a `name`.
std::vector<MemberChange> difference_of(const boost::json::object& before,
                                        const boost::json::object& after);

}  // namespace apiforge::catalogue::detail
