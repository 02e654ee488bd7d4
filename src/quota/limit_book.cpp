#include "quota/limit_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

#include "base/random.hpp"
#include "base/text.hpp"
#include "policy/hash.hpp"
#include "quota/counter_name.hpp"
#include "quota/limit_counts.hpp"

namespace apiforge::quota {
namespace {

using std::chrono::nanoseconds;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return policy::hash_bytes(text); }
};
/// Places of limits in their book, ascending, by the one value that they all need.
using ByValue =
    std::unordered_map<std::string, std::vector<std::uint32_t>, TextHash, std::equal_to<>>;

bool is_value(const std::string& member) {
  return !member.empty() && member != "*";
}

bool member_holds(const std::string& member, std::string_view value) {
  return member.empty() || member == "*" || member == value;
}

/// Whether the limit holds for the subject, whatever the path.
bool holds(const model::Quota& quota, const Subject& subject) {
  const model::QuotaMatch& match = quota.match;
  const bool owned = quota.tenant.value != model::kPlatformTenant;
  return (!owned || quota.tenant.value == subject.tenant) && member_holds(match.key, subject.key) &&
         member_holds(match.user, subject.user) && member_holds(match.tenant, subject.tenant) &&
         member_holds(match.api, subject.api) && member_holds(match.version, subject.version) &&
         member_holds(match.method, subject.method);
}

/// The narrower, the greater.
int narrowness(const model::QuotaMatch& match) {
  const std::string* const members[] = {&match.path,   &match.method, &match.version, &match.api,
                                        &match.tenant, &match.user,   &match.key};
  int rank = 0;
  int weight = 1;
  for (const std::string* member : members) {
    if (!member->empty()) rank += weight;
    weight *= 2;
  }
  return rank;
}

std::string id_of(const model::Quota& quota) {
  return quota.tenant.value + '/' + quota.name;
}

/// Counters go on as long as this stays the same: what they count, and how the bits are to be read.
std::uint64_t salt_of(const std::string& id, const model::Quota& quota) {
  const model::Limit& limit = quota.limit;
  const bool windows = limit.per.count() > 0 && quota.algorithm != model::LimitAlgorithm::Gcra;
  const model::QuotaMatch& match = quota.match;
  const std::string text =
      fmt::format("{}\n{} {} {} {}\n{}\n{}\n{}\n{}\n{}\n{}\n{}", id, static_cast<int>(limit.unit),
                  limit.period ? static_cast<int>(*limit.period) : -1,
                  limit.per.count() > 0 ? static_cast<int>(quota.algorithm) : -1,
                  windows ? limit.per.count() : 0, match.tenant, match.user, match.key, match.api,
                  match.version, match.method, match.path);
  return policy::hash_bytes(text);
}

std::int64_t seconds_of(nanoseconds duration) {
  return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

std::int64_t seconds_of(model::Period period) {
  switch (period) {
    case model::Period::Minute:
      return 60;
    case model::Period::Hour:
      return 3'600;
    case model::Period::Day:
      return 86'400;
    case model::Period::Month:
      return 31 * 86'400;  // the longest
  }
  return 0;
}

/// draft-ietf-httpapi-ratelimit-headers-11, section 3.
std::string policy_item(const CompiledLimit& limit) {
  const model::Limit& values = limit.config->limit;
  std::string item = fmt::format("\"{}\";q={}", limit.config->name, limit.whole);
  switch (values.unit) {
    case model::LimitUnit::Requests:
      break;
    case model::LimitUnit::Concurrent:
      return item + ";qu=\"concurrent-requests\"";
    case model::LimitUnit::Weight:
      item += ";qu=\"weight\"";
      break;
    case model::LimitUnit::Tokens:
      item += ";qu=\"tokens\"";
      break;
    case model::LimitUnit::Usd:
      item += ";qu=\"nano-usd\"";
      break;
  }
  if (values.period) return item + fmt::format(";w={}", seconds_of(*values.period));
  // Until an empty one is full again.
  const double share = static_cast<double>(limit.whole) / static_cast<double>(values.amount);
  const nanoseconds window(
      static_cast<std::int64_t>(static_cast<double>(nanoseconds(values.per).count()) * share));
  return item + fmt::format(";w={}", std::max<std::int64_t>(seconds_of(window), 1));
}

std::shared_ptr<CompiledLimit> compile_limit(std::shared_ptr<const model::Quota> quota,
                                             std::string id) {
  auto limit = std::make_shared<CompiledLimit>();
  limit->unit = quota->limit.unit;
  limit->priority = quota->priority;
  limit->on_exceed = quota->on_exceed;
  limit->is_of_path = !quota->match.path.empty();
  limit->salt = salt_of(id, *quota);
  limit->id = std::move(id);
  if (quota->limit.per.count() > 0 && quota->limit.unit != model::LimitUnit::Concurrent) {
    limit->rate.emplace(*quota);
  }
  limit->whole = limit->rate ? limit->rate->limit() : quota->limit.amount;
  limit->kept = static_cast<std::int64_t>(static_cast<double>(limit->whole) *
                                          std::min(quota->reserve_percent, 100U) / 100.0);
  limit->config = std::move(quota);
  limit->policy_item = policy_item(*limit);
  return limit;
}

std::shared_ptr<CompiledLimit> default_limit(std::uint32_t per_second) {
  auto quota = std::make_shared<model::Quota>();
  quota->name = "default";
  quota->match.key = "*";
  quota->limit = {
      .unit = model::LimitUnit::Requests, .amount = per_second, .per = std::chrono::seconds(1)};
  auto limit = compile_limit(std::move(quota), "default");  // no tenant: not the id of a quota
  limit->is_default = true;
  return limit;
}

}  // namespace

/// A limit is looked for under the narrowest value that it needs, so that limits of others are not
/// even looked at.
struct LimitBook::Index {
  std::vector<LimitPtr> limits;  ///< strictest scope first; the default one last
  std::uint64_t revision = 0;
  std::map<std::string, std::shared_ptr<LimitCounts>, std::less<>> counts;  ///< by id
  ByValue by_key;
  ByValue by_user;
  ByValue by_tenant;
  ByValue by_api;
  std::vector<std::uint32_t> any;

  void add(std::uint32_t place) {
    const model::Quota& quota = *limits[place]->config;
    const model::QuotaMatch& match = quota.match;
    if (is_value(match.key)) return by_key[match.key].push_back(place);
    if (is_value(match.user)) return by_user[match.user].push_back(place);
    if (is_value(match.tenant)) return by_tenant[match.tenant].push_back(place);
    if (quota.tenant.value != model::kPlatformTenant) {
      return by_tenant[quota.tenant.value].push_back(place);
    }
    if (is_value(match.api)) return by_api[match.api].push_back(place);
    any.push_back(place);
  }
  void gather(const std::vector<std::uint32_t>& places, const Subject& subject,
              std::vector<std::uint32_t>& out) const {
    for (const std::uint32_t place : places) {
      if (holds(*limits[place]->config, subject)) out.push_back(place);
    }
  }
  void gather(const ByValue& by_value, std::string_view value, const Subject& subject,
              std::vector<std::uint32_t>& out) const {
    if (by_value.empty()) return;
    const auto found = by_value.find(value);
    if (found != by_value.end()) gather(found->second, subject, out);
  }
};

std::shared_ptr<const LimitBook> LimitBook::compile(
    std::span<const std::shared_ptr<const model::Quota>> quotas, std::uint32_t default_rate,
    const LimitBook* previous) {
  const Index* const before = previous == nullptr ? nullptr : previous->index_.get();
  auto index = std::make_shared<Index>();
  index->revision = before == nullptr ? system_seed() : before->revision + 1;
  std::vector<std::shared_ptr<CompiledLimit>> limits;
  for (const std::shared_ptr<const model::Quota>& quota : quotas) {
    if (quota->enabled) limits.push_back(compile_limit(quota, id_of(*quota)));
  }
  std::ranges::sort(limits, [](const auto& left, const auto& right) {
    const auto rank = [](const CompiledLimit& limit) {
      return std::tuple(-narrowness(limit.config->match), std::string_view(limit.id));
    };
    return rank(*left) < rank(*right);
  });
  if (default_rate > 0) limits.push_back(default_limit(default_rate));
  for (const std::shared_ptr<CompiledLimit>& limit : limits) {
    limit->index = static_cast<std::uint32_t>(index->limits.size());
    limit->revision = index->revision;
    if (before != nullptr) {
      const auto found = before->counts.find(limit->id);
      if (found != before->counts.end()) limit->counts = found->second;
    }
    if (limit->counts == nullptr) limit->counts = std::make_shared<LimitCounts>();
    index->counts.emplace(limit->id, limit->counts);
    index->limits.push_back(limit);
    if (!limit->is_default) index->add(limit->index);
  }
  auto book = std::make_shared<LimitBook>();
  book->index_ = std::move(index);
  return book;
}

void LimitBook::candidates(const Subject& subject, std::vector<std::uint32_t>& out) const {
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  index_->gather(index_->by_key, subject.key, subject, out);
  index_->gather(index_->by_user, subject.user, subject, out);
  index_->gather(index_->by_tenant, subject.tenant, subject, out);
  index_->gather(index_->by_api, subject.api, subject, out);
  index_->gather(index_->any, subject, out);
  std::sort(out.begin() + first, out.end());
  const std::vector<LimitPtr>& limits = index_->limits;
  if (!limits.empty() && limits.back()->is_default) out.push_back(limits.back()->index);
}

std::span<const LimitPtr> LimitBook::limits() const {
  return index_ == nullptr ? std::span<const LimitPtr>() : index_->limits;
}

bool LimitBook::empty() const {
  return limits().empty();
}

std::uint64_t LimitBook::revision() const {
  return index_ == nullptr ? 0 : index_->revision;
}

bool is_below_path_of(const CompiledLimit& limit, std::string_view path) {
  return is_at_or_below(path, limit.config->match.path);
}

std::vector<LimitReading> read_limits(const LimitBook& book) {
  std::vector<LimitReading> readings;
  readings.reserve(book.limits().size());
  for (const LimitPtr& limit : book.limits()) {
    const LimitCounts& counts = *limit->counts;
    readings.push_back({limit, counts.admitted.load(std::memory_order_relaxed),
                        counts.refused.load(std::memory_order_relaxed),
                        counts.queued.load(std::memory_order_relaxed),
                        counts.degraded.load(std::memory_order_relaxed)});
  }
  return readings;
}

}  // namespace apiforge::quota
