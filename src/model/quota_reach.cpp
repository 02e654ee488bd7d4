#include "model/quota_reach.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

namespace apiforge::model {
namespace {

constexpr std::size_t kMembers = 6;
using MatchedMembers = std::array<std::string, kMembers>;

/// What the quota asks of each member of a call; empty where it takes any.
MatchedMembers matched_members(const QuotaMatch& match) {
  MatchedMembers members{match.tenant, match.user,    match.key,
                         match.api,    match.version, match.method};
  for (std::string& member : members) {
    if (member == "*") member.clear();
  }
  return members;
}

/// Which members are asked for, a bit each.
unsigned pattern_of(const MatchedMembers& members) {
  unsigned pattern = 0;
  for (std::size_t i = 0; i < kMembers; ++i) pattern |= members[i].empty() ? 0U : 1U << i;
  return pattern;
}

/// In this spelling what is below a path comes right behind it in the order of texts.
std::string sortable(std::string path) {
  if (path == "/") path.clear();
  std::ranges::replace(path, '/', '\x01');
  return path;
}

bool is_below(std::string_view path, std::string_view above) {
  if (!path.starts_with(above)) return false;
  return above.empty() || above.ends_with('\x01') || path.size() == above.size() ||
         path[above.size()] == '\x01';
}

/// The most paths that a path is below.
std::size_t deepest(std::vector<std::string> paths) {
  std::ranges::sort(paths);
  std::vector<std::string_view> above;
  std::size_t most = 0;
  for (const std::string& path : paths) {
    while (!above.empty() && !is_below(path, above.back())) above.pop_back();
    above.push_back(path);
    most = std::max(most, above.size());
  }
  return most;
}

}  // namespace

std::size_t most_for_one_call(std::span<const Quota> quotas) {
  std::map<MatchedMembers, std::vector<std::string>> paths;
  for (const Quota& quota : quotas) {
    if (quota.enabled) paths[matched_members(quota.match)].push_back(sortable(quota.match.path));
  }
  // Of those that ask for the same members, a call meets the values of one.
  std::array<std::size_t, 1U << kMembers> most{};
  for (auto& [members, own] : paths) {
    std::size_t& here = most[pattern_of(members)];
    here = std::max(here, deepest(std::move(own)));
  }
  std::size_t sum = 0;
  for (const std::size_t each : most) sum += each;
  return sum;
}

}  // namespace apiforge::model
