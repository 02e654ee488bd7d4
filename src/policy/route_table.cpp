#include "policy/route_table.hpp"

#include <algorithm>

#include "policy/hash.hpp"

namespace apiforge::policy {
namespace {

/// Longer names do not exist (RFC 1035 2.3.4); it bounds the search for wildcards.
constexpr std::size_t kMaxHostLength = 255;

}  // namespace

std::uint32_t RouteTable::child(std::uint32_t parent, std::string_view text) const {
  const std::uint64_t hash = hash_bytes(text, parent);
  const std::size_t mask = edges_.size() - 1;
  for (std::size_t i = hash & mask; edges_[i].child != kNone; i = (i + 1) & mask) {
    const Edge& edge = edges_[i];
    if (edge.hash == hash && edge.parent == parent &&
        std::string_view(texts_).substr(edge.text_offset, edge.text_size) == text) {
      return edge.child;
    }
  }
  return kNone;
}

/// One match: walks down from a host, and on the way back up takes the deepest route that allows
/// the request.
class RouteSearch {
 public:
  RouteSearch(const RouteTable& table, const RouteQuery& query) : table_(table), query_(query) {}

  RouteResult run() {
    find();
    RouteResult result;
    if (!best_) {
      result.allowed_methods = allowed_methods_;
      return result;
    }
    RouteMatch& match = result.match.emplace();
    match.value = best_->value;
    match.prefix_length = static_cast<std::uint32_t>(best_end_);
    match.strip_prefix = best_->strip_prefix;
    match.parameter_count = best_->parameter_count;
    for (std::size_t i = 0; i < match.parameter_count; ++i) {
      match.parameters[i] = {table_.parameters_[best_->first_parameter + i], best_values_[i]};
    }
    return result;
  }

 private:
  using Node = RouteTable::Node;
  using Candidate = RouteTable::Candidate;

  void find() {
    const std::string_view host = query_.host;
    if (!host.empty() && host.size() <= kMaxHostLength) {
      if (has_children(RouteTable::kExactHosts) && below(RouteTable::kExactHosts, host)) return;
      if (has_children(RouteTable::kWildcardHosts)) {
        for (auto dot = host.find('.'); dot != host.npos; dot = host.find('.', dot + 1)) {
          if (below(RouteTable::kWildcardHosts, host.substr(dot + 1))) return;
        }
      }
    }
    walk(RouteTable::kAnyHost, 0, 0, 0);
  }

  bool has_children(std::uint32_t node) const { return table_.nodes_[node].literal_children > 0; }

  bool below(std::uint32_t hosts, std::string_view name) {
    const std::uint32_t root = table_.child(hosts, name);
    return root != RouteTable::kNone && walk(root, 0, 0, 0);
  }

  /// Whether a route of `index` or of a node below it allows the request. The path up to `end` has
  /// been walked in `depth` segments. Keeps the deepest; a later find of the same depth is no
  /// better.
  bool walk(std::uint32_t index, std::size_t end, std::size_t depth, std::size_t parameters) {
    const Node& node = table_.nodes_[index];
    bool found = false;
    std::size_t next = end;
    if ((node.literal_children > 0 || node.parameter_child != RouteTable::kNone) &&
        end + 1 < query_.path.size()) {
      next = std::min(query_.path.find('/', end + 1), query_.path.size());
    }
    if (next > end + 1) {
      const std::string_view segment = query_.path.substr(end + 1, next - end - 1);
      if (node.literal_children > 0) {
        const std::uint32_t literal = table_.child(index, segment);
        if (literal != RouteTable::kNone) found = walk(literal, next, depth + 1, parameters);
      }
      if (node.parameter_child != RouteTable::kNone) {
        values_[parameters] = segment;
        found |= walk(node.parameter_child, next, depth + 1, parameters + 1);
      }
    }
    if (found) return true;
    if (node.candidate_count == 0 || (best_ && best_depth_ >= depth)) return false;
    return choose(node, end, depth, parameters);
  }

  bool choose(const Node& node, std::size_t end, std::size_t depth, std::size_t parameters) {
    const auto candidates =
        std::span(table_.candidates_).subspan(node.first_candidate, node.candidate_count);
    for (const Candidate& candidate : candidates) {
      if (!has_headers(candidate)) continue;
      if (candidate.methods != 0 && (candidate.methods & method_bit()) == 0) {
        allowed_methods_ |= candidate.methods;
        continue;
      }
      best_ = &candidate;
      best_end_ = end;
      best_depth_ = depth;
      std::copy_n(values_.begin(), parameters, best_values_.begin());
      return true;
    }
    return false;
  }

  bool has_headers(const Candidate& candidate) const {
    if (candidate.header_count == 0) return true;
    if (query_.headers.find == nullptr) return false;
    const auto conditions =
        std::span(table_.headers_).subspan(candidate.first_header, candidate.header_count);
    return std::ranges::all_of(conditions, [&](const RouteTable::Header& header) {
      return query_.headers.find(query_.headers.context, header.name) == header.value;
    });
  }

  std::uint64_t method_bit() {
    if (!method_bit_) {
      const auto known = std::ranges::find(table_.methods_, query_.method);
      const auto index = static_cast<unsigned>(known - table_.methods_.begin());
      method_bit_ = known == table_.methods_.end() ? 0 : std::uint64_t{1} << index;
    }
    return *method_bit_;
  }

  const RouteTable& table_;
  const RouteQuery& query_;
  std::optional<std::uint64_t> method_bit_;
  std::uint64_t allowed_methods_ = 0;
  std::array<std::string_view, kMaxRouteParameters> values_;
  std::array<std::string_view, kMaxRouteParameters> best_values_;
  const Candidate* best_ = nullptr;
  std::size_t best_end_ = 0;
  std::size_t best_depth_ = 0;
};

RouteResult RouteTable::match(const RouteQuery& query) const {
  if (nodes_.empty() || !query.path.starts_with('/')) return {};
  return RouteSearch(*this, query).run();
}

std::string RouteTable::allow(std::uint64_t methods) const {
  std::string result;
  for (std::size_t i = 0; i < methods_.size(); ++i) {
    if ((methods >> i & 1) == 0) continue;
    if (!result.empty()) result += ", ";
    result += methods_[i];
  }
  return result;
}

}  // namespace apiforge::policy
