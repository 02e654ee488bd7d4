// LimitBook: all quotas in compiled form, and which of them hold for a call. Immutable; a member of
// the Snapshot. Counters are not here (see limit_table.hpp): they go on when the book is replaced,
// as long as a quota keeps its name and what it matches.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/quota.hpp"
#include "policy/rate.hpp"
#include "quota/subject.hpp"

namespace apiforge::quota {

/// Counts of a limit, for metrics and alerts; shared by all books that have it.
struct LimitCounts;

struct CompiledLimit {
  // What each call looks at comes first, and together.
  model::LimitUnit unit = model::LimitUnit::Requests;          ///< of `config`
  model::PriorityClass priority = model::PriorityClass::Data;  ///< the same
  model::OnExceed on_exceed = model::OnExceed::Reject;         ///< the same
  bool is_of_path = false;                                     ///< holds below a path only
  bool is_default = false;                                     ///< DEFAULT_RATE_LIMIT
  std::uint32_t index = 0;                                     ///< in `limits()` of its book
  std::int64_t whole = 0;  ///< units of a full counter: the burst of a rate, else the amount
  std::int64_t kept = 0;   ///< of these, what less urgent calls leave, by `reserve_percent`
  std::shared_ptr<LimitCounts> counts;
  std::optional<policy::RateRule> rate;  ///< with `per`

  std::shared_ptr<const model::Quota> config;
  std::string id;              ///< `tenant/name`: what counters and stored usage go by
  std::uint64_t salt = 0;      ///< of the counters in the table
  std::string policy_item;     ///< of RateLimit-Policy: `"orders";q=100;w=60`
  std::uint64_t revision = 0;  ///< of its book
};
using LimitPtr = std::shared_ptr<const CompiledLimit>;

class LimitBook {
 public:
  /// `quotas` are sound (model::validate_quota). `default_rate`: requests per second and caller
  /// where no quota in requests holds; 0 for none. `previous` may be null: its counts go on.
  static std::shared_ptr<const LimitBook> compile(
      std::span<const std::shared_ptr<const model::Quota>> quotas, std::uint32_t default_rate,
      const LimitBook* previous);

  /// Appends the places in `limits()` of those that hold for the subject whatever the path (see
  /// `path_holds`): strictest scope first, the default limit last, whether it is needed or not.
  void candidates(const Subject& subject, std::vector<std::uint32_t>& out) const;
  std::span<const LimitPtr> limits() const;
  bool empty() const;
  /// Of each book one more than of the one before. A secret, as it keys the fingerprints of
  /// subjects: the first is drawn by the operating system. Not to be shown.
  std::uint64_t revision() const;

 private:
  struct Index;
  std::shared_ptr<const Index> index_;
};

/// Whether the path of a call is under the prefix that the limit names.
bool is_below_path_of(const CompiledLimit& limit, std::string_view path);
/// The same; without a prefix each path is.
inline bool path_holds(const CompiledLimit& limit, std::string_view path) {
  return !limit.is_of_path || is_below_path_of(limit, path);
}

}  // namespace apiforge::quota
