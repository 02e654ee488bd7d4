// The table that leads from a request to an Api. Built once for a Snapshot on the control thread
// and immutable from then on; any number of workers match against it at the same time.
//
// A route matches when its host, path, headers and method all do. Of those that match, wins
//   1. the host: exact name, then the longest wildcard (`*.example.com`), then any host;
//   2. the path: the longest prefix, counted in whole segments; at equal length the one that is
//      literal where the other has a `{parameter}`, the leftmost difference deciding;
//   3. the conditions: more headers, then restricted methods, then the order of configuration.
//
// A path is walked segment by segment through one hash table, so the cost of a match depends on the
// path and not on the number of routes. (A table in which both a literal and a parameter continue
// at every level makes the walk try both; nothing else does.) A match allocates nothing.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/api.hpp"

namespace apiforge::policy {

inline constexpr std::size_t kMaxRouteParameters = 8;
inline constexpr std::size_t kMaxRouteSegments = 32;
/// Different methods named by all routes of a table together.
inline constexpr std::size_t kMaxRouteMethods = 64;

/// One configured route, as input for `RouteTable::build`; nothing of it is kept by reference.
struct RouteEntry {
  const model::Route* route = nullptr;
  std::uint32_t value = 0;  ///< what a match answers with: the index of the Api
  std::string_view label;   ///< names the route in errors, for example `apis/binance/routes/0`
};

/// How a match reads request headers: `find(context, name)` gives the value or an empty view. Names
/// are passed in lower case.
struct HeaderLookup {
  std::string_view (*find)(const void* context, std::string_view name) = nullptr;
  const void* context = nullptr;
};

struct RouteQuery {
  std::string_view host;    ///< lower case, without port; may be empty
  std::string_view path;    ///< as from `canonicalize_target`
  std::string_view method;  ///< case matters (RFC 9110 9.1)
  HeaderLookup headers;
};

struct RouteParameter {
  std::string_view name;   ///< lives as long as the table
  std::string_view value;  ///< a view into the path
};

struct RouteMatch {
  std::uint32_t value = 0;
  std::uint32_t prefix_length = 0;  ///< bytes of the path that the route's path covers; 0 for `/`
  bool strip_prefix = false;
  std::uint8_t parameter_count = 0;
  std::array<RouteParameter, kMaxRouteParameters> parameters;

  std::span<const RouteParameter> params() const {
    return std::span(parameters).first(parameter_count);
  }
};

struct RouteResult {
  std::optional<RouteMatch> match;
  /// Without a match: the methods with which the request would have matched, for 405 and its
  /// `Allow` field; see `RouteTable::allow`. 0 means 404.
  std::uint64_t allowed_methods = 0;
};

class RouteTable {
 public:
  /// An empty table; matches nothing.
  RouteTable() = default;

  /// Compiles the routes. Fails with InvalidConfiguration, naming the route, when a path does not
  /// begin with `/`, is not canonical but for escapes that can be normalised, or breaks a bound;
  /// and naming both when two routes are equal in host, path, headers and methods, so that one of
  /// them could never match. A trailing slash of a path has no meaning; an empty path is `/`.
  static Result<RouteTable> build(std::span<const RouteEntry> entries);

  RouteResult match(const RouteQuery& query) const;
  /// The value of the `Allow` field for `RouteResult::allowed_methods`, in order of configuration.
  std::string allow(std::uint64_t methods) const;
  std::size_t size() const { return route_count_; }

 private:
  friend class RouteTableBuilder;
  friend class RouteSearch;

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  // Hosts are children of two nodes of their own; all other nodes are segments below a host.
  static constexpr std::uint32_t kExactHosts = 0;
  static constexpr std::uint32_t kWildcardHosts = 1;
  static constexpr std::uint32_t kAnyHost = 2;

  struct Node {
    std::uint32_t parameter_child = kNone;
    std::uint32_t first_candidate = 0;
    std::uint32_t candidate_count = 0;
    std::uint32_t literal_children = 0;
  };
  /// An edge from a node to its child by the text of a segment; empty when `child` is kNone.
  struct Edge {
    std::uint64_t hash = 0;
    std::uint32_t parent = 0;
    std::uint32_t child = kNone;
    std::uint32_t text_offset = 0;
    std::uint32_t text_size = 0;
  };
  /// A route at a node, with the conditions that are left to check there.
  struct Candidate {
    std::uint64_t methods = 0;  ///< bits of `methods_`; 0 allows all
    std::uint32_t value = 0;
    std::uint32_t entry = 0;  ///< order of configuration
    std::uint32_t first_header = 0;
    std::uint32_t header_count = 0;
    std::uint32_t first_parameter = 0;
    std::uint8_t parameter_count = 0;
    bool strip_prefix = false;
  };
  struct Header {
    std::string name;
    std::string value;
    friend bool operator==(const Header&, const Header&) = default;
    friend auto operator<=>(const Header&, const Header&) = default;
  };

  std::uint32_t child(std::uint32_t parent, std::string_view text) const;

  std::size_t route_count_ = 0;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;  ///< open addressing, a power of two, at most half full
  std::string texts_;        ///< of the edges
  std::vector<Candidate> candidates_;
  std::vector<Header> headers_;
  std::vector<std::string> parameters_;
  std::vector<std::string> methods_;
};

}  // namespace apiforge::policy
