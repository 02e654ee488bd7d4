// "Did you mean ...?": the known name that a misspelt one is nearest to. Pure; any thread.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace apiforge {

/// The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from `name`,
/// ignoring case; nullopt when even that one differs in more than a third of its letters. Names of
/// more than 64 bytes and candidates after the 256th are not looked at.
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> candidates);

/// `; did you mean 'timeout_ms'?`, or nothing when no candidate is near. To be appended to a fault.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace apiforge
