#include <algorithm>
#include <compare>

#include "base/text.hpp"
#include "policy/canonical_target.hpp"
#include "policy/hash.hpp"
#include "policy/route_table.hpp"

namespace apiforge::policy {
namespace {

std::unexpected<Error> refuse(const RouteEntry& entry, std::string_view fault) {
  return fail(ErrorCode::InvalidConfiguration,
              "Route " + std::string(entry.label) + ": " + std::string(fault));
}

/// `{name}` -> `name`; nullopt when the segment is not a parameter.
std::optional<std::string_view> parameter_name(std::string_view segment) {
  if (segment.size() < 3 || !segment.starts_with('{') || !segment.ends_with('}')) {
    return std::nullopt;
  }
  const std::string_view name = segment.substr(1, segment.size() - 2);
  if (name.find_first_of("{}") != name.npos) return std::nullopt;
  return name;
}

}  // namespace

class RouteTableBuilder {
 public:
  Result<RouteTable> build(std::span<const RouteEntry> entries) {
    entries_ = entries;
    table_.nodes_.resize(3);
    table_.edges_.resize(16);
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      if (auto added = add(i); !added) return std::unexpected(std::move(added.error()));
    }
    if (auto settled = settle(); !settled) return std::unexpected(std::move(settled.error()));
    table_.route_count_ = entries.size();
    return std::move(table_);
  }

 private:
  using Candidate = RouteTable::Candidate;
  using Edge = RouteTable::Edge;

  /// A candidate and the node that it will be listed at.
  struct Placed {
    std::uint32_t node;
    Candidate candidate;
  };

  Result<void> add(std::uint32_t index) {
    const RouteEntry& entry = entries_[index];
    auto candidate = compile_conditions(index);
    if (!candidate) return std::unexpected(std::move(candidate.error()));
    std::vector<std::string> hosts;
    for (const auto& host : entry.route->hosts) hosts.push_back(lower_case(host));
    std::ranges::sort(hosts);
    hosts.erase(std::ranges::unique(hosts).begin(), hosts.end());
    if (hosts.empty()) return add_path(RouteTable::kAnyHost, entry, *candidate);
    for (const std::string_view host : hosts) {
      const bool wildcard = host.starts_with("*.");
      const std::string_view name = wildcard ? host.substr(2) : host;
      if (name.empty() || name.find('*') != name.npos) {
        return refuse(entry, "a host is a name or `*.` and a name");
      }
      const auto hosts_node = wildcard ? RouteTable::kWildcardHosts : RouteTable::kExactHosts;
      if (auto added = add_path(literal_child(hosts_node, name), entry, *candidate); !added) {
        return added;
      }
    }
    return {};
  }

  /// Methods and headers of a route.
  Result<Candidate> compile_conditions(std::uint32_t index) {
    const RouteEntry& entry = entries_[index];
    Candidate candidate;
    candidate.value = entry.value;
    candidate.entry = index;
    candidate.strip_prefix = entry.route->strip_prefix;
    for (const auto& method : entry.route->methods) {
      auto known = std::ranges::find(table_.methods_, method);
      if (known == table_.methods_.end()) {
        if (table_.methods_.size() == kMaxRouteMethods) {
          return refuse(entry, "the routes name more than 64 different methods");
        }
        known = table_.methods_.insert(known, method);
      }
      candidate.methods |= std::uint64_t{1} << (known - table_.methods_.begin());
    }
    candidate.first_header = static_cast<std::uint32_t>(table_.headers_.size());
    candidate.header_count = static_cast<std::uint32_t>(entry.route->headers.size());
    for (const auto& [name, value] : entry.route->headers) {
      table_.headers_.push_back({lower_case(name), value});
    }
    // Sorted, so that equal conditions are found whatever the case of their names was.
    std::ranges::sort(headers_of(candidate));
    return candidate;
  }

  Result<void> add_path(std::uint32_t node, const RouteEntry& entry, Candidate candidate) {
    std::string_view rest = entry.route->path;
    if (!rest.empty() && rest.front() != '/') return refuse(entry, "a path begins with `/`");
    if (rest.ends_with('/')) rest.remove_suffix(1);
    candidate.first_parameter = static_cast<std::uint32_t>(table_.parameters_.size());
    std::size_t segments = 0;
    while (!rest.empty()) {
      rest.remove_prefix(1);
      const std::string_view segment = rest.substr(0, rest.find('/'));
      rest.remove_prefix(segment.size());
      if (++segments > kMaxRouteSegments) return refuse(entry, "a path has at most 32 segments");
      if (const auto name = parameter_name(segment)) {
        if (candidate.parameter_count == kMaxRouteParameters) {
          return refuse(entry, "a path has at most 8 parameters");
        }
        ++candidate.parameter_count;
        table_.parameters_.emplace_back(*name);
        node = parameter_child(node);
        continue;
      }
      const auto canonical = canonical_segment(entry, segment);
      if (!canonical) return std::unexpected(canonical.error());
      node = literal_child(node, *canonical);
    }
    placed_.push_back({node, candidate});
    return {};
  }

  /// The spelling in which requests will have this segment. A view into `path_` or `storage_`.
  Result<std::string_view> canonical_segment(const RouteEntry& entry, std::string_view segment) {
    if (segment.empty()) return refuse(entry, "the path has an empty segment");
    if (segment.find_first_of("{}") != segment.npos) {
      return refuse(entry, "a parameter is a whole segment, `{name}`");
    }
    path_.assign("/").append(segment);
    const auto target = canonicalize_target(path_, "GET", storage_);
    if (!target) return refuse(entry, target.error().detail);
    if (!target->query.empty() || path_.ends_with('?')) {
      return refuse(entry, "a path has no query");
    }
    if (target->path.size() == 1) return refuse(entry, "the path has a dot segment");
    return target->path.substr(1);
  }

  std::uint32_t new_node() {
    table_.nodes_.emplace_back();
    return static_cast<std::uint32_t>(table_.nodes_.size() - 1);
  }

  std::uint32_t parameter_child(std::uint32_t parent) {
    if (table_.nodes_[parent].parameter_child == RouteTable::kNone) {
      const std::uint32_t created = new_node();
      table_.nodes_[parent].parameter_child = created;
    }
    return table_.nodes_[parent].parameter_child;
  }

  std::uint32_t literal_child(std::uint32_t parent, std::string_view text) {
    const std::uint32_t known = table_.child(parent, text);
    if (known != RouteTable::kNone) return known;
    if (++edge_count_ * 2 > table_.edges_.size()) grow();
    Edge edge;
    edge.hash = hash_bytes(text, parent);
    edge.parent = parent;
    edge.child = new_node();
    edge.text_offset = static_cast<std::uint32_t>(table_.texts_.size());
    edge.text_size = static_cast<std::uint32_t>(text.size());
    table_.texts_ += text;
    insert(edge);
    ++table_.nodes_[parent].literal_children;
    return edge.child;
  }

  void insert(const Edge& edge) {
    const std::size_t mask = table_.edges_.size() - 1;
    std::size_t i = edge.hash & mask;
    while (table_.edges_[i].child != RouteTable::kNone) i = (i + 1) & mask;
    table_.edges_[i] = edge;
  }

  void grow() {
    const std::vector<Edge> old = std::move(table_.edges_);
    table_.edges_.assign(old.size() * 2, Edge{});
    for (const Edge& edge : old) {
      if (edge.child != RouteTable::kNone) insert(edge);
    }
  }

  std::span<RouteTable::Header> headers_of(const Candidate& candidate) {
    return std::span(table_.headers_).subspan(candidate.first_header, candidate.header_count);
  }

  /// Lays the candidates of each node side by side, the most specific first.
  Result<void> settle() {
    std::ranges::sort(placed_, {}, &Placed::node);
    for (std::size_t first = 0; first < placed_.size();) {
      const std::uint32_t node = placed_[first].node;
      std::size_t last = first;
      while (last < placed_.size() && placed_[last].node == node) ++last;
      const auto at_node = std::span(placed_).subspan(first, last - first);
      if (auto distinct = require_distinct(at_node); !distinct) return distinct;
      std::ranges::sort(at_node, [](const Placed& a, const Placed& b) {
        return more_specific(a.candidate, b.candidate);
      });
      table_.nodes_[node].first_candidate = static_cast<std::uint32_t>(table_.candidates_.size());
      table_.nodes_[node].candidate_count = static_cast<std::uint32_t>(at_node.size());
      for (const Placed& placed : at_node) table_.candidates_.push_back(placed.candidate);
      first = last;
    }
    return {};
  }

  static bool more_specific(const Candidate& a, const Candidate& b) {
    if (a.header_count != b.header_count) return a.header_count > b.header_count;
    if ((a.methods == 0) != (b.methods == 0)) return a.methods != 0;
    return a.entry < b.entry;
  }

  std::weak_ordering compare_conditions(const Candidate& a, const Candidate& b) {
    if (const auto order = a.methods <=> b.methods; order != 0) return order;
    const auto left = headers_of(a);
    const auto right = headers_of(b);
    return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(),
                                                  right.end());
  }

  /// Sorts by condition, so that equal ones come to lie side by side.
  Result<void> require_distinct(std::span<Placed> at_node) {
    if (at_node.size() < 2) return {};
    std::ranges::sort(at_node, [this](const Placed& a, const Placed& b) {
      const auto order = compare_conditions(a.candidate, b.candidate);
      return order != 0 ? order < 0 : a.candidate.entry < b.candidate.entry;
    });
    const auto equal = std::ranges::adjacent_find(at_node, [this](const auto& a, const auto& b) {
      return compare_conditions(a.candidate, b.candidate) == 0;
    });
    if (equal == at_node.end()) return {};
    const RouteEntry& earlier = entries_[equal[0].candidate.entry];
    const RouteEntry& later = entries_[equal[1].candidate.entry];
    return refuse(later, "the same host, path `" + later.route->path +
                             "`, headers and methods as route " + std::string(earlier.label));
  }

  std::span<const RouteEntry> entries_;
  RouteTable table_;
  std::vector<Placed> placed_;
  std::size_t edge_count_ = 0;
  std::string path_;
  std::string storage_;
};

Result<RouteTable> RouteTable::build(std::span<const RouteEntry> entries) {
  return RouteTableBuilder().build(entries);
}

}  // namespace apiforge::policy
