#include "storage/memory/memory_transaction.hpp"

#include <algorithm>

#include "storage/detail/text_rules.hpp"

namespace apiforge::storage::detail {
namespace {

bool matches(const AuditEntry& entry, const AuditQuery& query) {
  const auto fits = [](std::string_view wanted, std::string_view is) {
    return wanted.empty() || wanted == is;
  };
  if (query.action.ends_with('*')) {
    const std::string_view prefix(query.action.data(), query.action.size() - 1);
    if (!entry.action.starts_with(prefix)) return false;
  } else if (!fits(query.action, entry.action)) {
    return false;
  }
  return fits(query.tenant, entry.tenant) && fits(query.actor, entry.actor) &&
         (!query.from || entry.at >= *query.from) && (!query.to || entry.at < *query.to);
}

MemoryState::Counter counter_of(const UsageKey& key) {
  return {key.quota, std::chrono::floor<std::chrono::milliseconds>(key.period_start), key.subject,
          key.tenant};
}

}  // namespace

MemoryTransaction::MemoryTransaction(MemoryShared& shared, Scope scope,
                                     std::shared_ptr<const MemoryState> state)
    : shared_(shared),
      scope_(std::move(scope)),
      mode_(Mode::Read),
      state_(std::move(state)),
      begun_at_(state_->revision) {}

MemoryTransaction::MemoryTransaction(MemoryShared& shared, Scope scope, Mode mode,
                                     const MemoryState& state, TakenTurn writer)
    : shared_(shared),
      scope_(std::move(scope)),
      mode_(mode),
      draft_(std::make_unique<MemoryState>(state)),
      state_(std::shared_ptr<const MemoryState>(), draft_.get()),
      writer_(std::move(writer)),
      begun_at_(state_->revision) {}

WallTime MemoryTransaction::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(shared_.clock.wall());
}

Result<void> MemoryTransaction::require_writing() const {
  if (draft_ && mode_ == Mode::Write) return {};
  return fail(ErrorCode::InternalError, {}, "a change outside a transaction for writing");
}

Result<void> MemoryTransaction::require_counting() const {
  if (draft_) return {};
  return fail(ErrorCode::InternalError, {}, "a change outside a transaction for writing");
}

Result<std::optional<Record>> MemoryTransaction::find(Kind kind, std::string_view id) {
  const auto found = state_->records.find({kind, std::string(id)});
  if (found == state_->records.end() || !scope_.covers(found->second->tenant)) return std::nullopt;
  return *found->second;
}

Result<std::optional<Record>> MemoryTransaction::find_by_name(Kind kind, std::string_view name) {
  const auto found = state_->names.find({kind, std::string(name)});
  if (found == state_->names.end()) return std::nullopt;
  return find(kind, found->second);
}

Result<std::vector<Record>> MemoryTransaction::list(Kind kind, const ListQuery& query) {
  std::vector<Record> records;
  auto at = state_->records.upper_bound({kind, query.after});
  for (; at != state_->records.end() && at->first.first == kind; ++at) {
    const Record& record = *at->second;
    if (!scope_.covers(record.tenant)) continue;
    if (!query.tenant.empty() && record.tenant != query.tenant) continue;
    if (!query.owner.empty() && record.owner != query.owner) continue;
    if (records.size() == query.limit) break;
    records.push_back(record);
  }
  return records;
}

Result<RecordPtr> MemoryTransaction::expect(Kind kind, std::string_view id,
                                            std::uint64_t revision) const {
  const auto found = state_->records.find({kind, std::string(id)});
  if (found == state_->records.end() || !scope_.covers(found->second->tenant)) {
    return fail(ErrorCode::NotFound);
  }
  if (found->second->revision != revision) return fail(ErrorCode::VersionConflict);
  return found->second;
}

Result<void> MemoryTransaction::require_free_names(const Record& record) const {
  for (const std::string& name : record.names) {
    const auto taken = state_->names.find({record.kind, name});
    if (taken != state_->names.end() && taken->second != record.id) {
      return fail(ErrorCode::AlreadyExists);
    }
  }
  return {};
}

void MemoryTransaction::put(Record record) {
  auto stored = std::make_shared<const Record>(std::move(record));
  for (const std::string& name : stored->names) draft_->names[{stored->kind, name}] = stored->id;
  draft_->changes[stored->revision] = stored;
  draft_->records[{stored->kind, stored->id}] = std::move(stored);
}

void MemoryTransaction::drop(const Record& record) {
  for (const std::string& name : record.names) draft_->names.erase({record.kind, name});
  draft_->changes.erase(record.revision);
  draft_->records.erase({record.kind, record.id});
}

Result<void> MemoryTransaction::insert(Record& record) {
  if (auto ok = require_writing(); !ok) return ok;
  if (auto ok = require_storable(record); !ok) return ok;
  if (!scope_.covers(record.tenant)) return fail(ErrorCode::NotFound);
  if (draft_->records.contains({record.kind, record.id})) return fail(ErrorCode::AlreadyExists);
  if (auto ok = require_free_names(record); !ok) return ok;
  record.revision = ++draft_->revision;
  record.created_at = record.updated_at = now();
  put(record);
  return {};
}

Result<void> MemoryTransaction::update(Record& record) {
  if (auto ok = require_writing(); !ok) return ok;
  if (auto ok = require_storable(record); !ok) return ok;
  const auto former = expect(record.kind, record.id, record.revision);
  if (!former) return std::unexpected(former.error());
  if (auto ok = require_free_names(record); !ok) return ok;
  record.tenant = (*former)->tenant;
  record.created_at = (*former)->created_at;
  record.revision = ++draft_->revision;
  record.updated_at = now();
  drop(**former);
  put(record);
  return {};
}

Result<void> MemoryTransaction::remove(Kind kind, std::string_view id, std::uint64_t revision) {
  if (auto ok = require_writing(); !ok) return ok;
  const auto former = expect(kind, id, revision);
  if (!former) return std::unexpected(former.error());
  drop(**former);
  if (kind == Kind::ApiKey) draft_->last_use.erase(std::string(id));
  Record removal;
  removal.kind = kind;
  removal.id = id;
  removal.tenant = (*former)->tenant;
  const std::uint64_t place = ++draft_->revision;
  removal.revision = place;
  removal.updated_at = now();
  removal.removed = true;
  draft_->changes[place] = std::make_shared<const Record>(std::move(removal));
  return {};
}

Result<std::uint64_t> MemoryTransaction::revision() {
  return begun_at_;
}

Result<void> MemoryTransaction::for_each_change(std::span<const Kind> kinds, std::uint64_t revision,
                                                const std::function<void(Record)>& visit) {
  if (revision > 0 && revision < state_->forgotten) {
    return fail(ErrorCode::InvalidParameter, "The changes since then are no longer known.");
  }
  for (auto at = state_->changes.upper_bound(revision); at != state_->changes.end(); ++at) {
    const Record& change = *at->second;
    const bool wanted = std::ranges::find(kinds, change.kind) != kinds.end();
    if (wanted && scope_.covers(change.tenant)) visit(change);
  }
  return {};
}

Result<AuditEntry> MemoryTransaction::lock_audit_end() {
  if (auto ok = require_writing(); !ok) return std::unexpected(ok.error());
  if (state_->audit.empty()) return AuditEntry{};
  return *state_->audit.back();
}

Result<void> MemoryTransaction::append_audit(const AuditEntry& entry) {
  if (auto ok = require_writing(); !ok) return ok;
  if (auto ok = require_storable(entry); !ok) return ok;
  if (entry.seq != state_->audit.size() + 1) {
    return fail(ErrorCode::InternalError, {}, "an audit entry does not follow the end");
  }
  AuditEntry stored = entry;
  stored.at = std::chrono::floor<std::chrono::milliseconds>(entry.at);
  draft_->audit.push_back(std::make_shared<const AuditEntry>(std::move(stored)));
  return {};
}

Result<std::vector<AuditEntry>> MemoryTransaction::list_audit(const AuditQuery& query) {
  std::vector<AuditEntry> entries;
  std::size_t at = state_->audit.size();
  if (query.before_seq > 0) at = std::min<std::size_t>(at, query.before_seq - 1);
  while (at > 0 && entries.size() < query.limit) {
    const AuditEntry& entry = *state_->audit[--at];
    if (scope_.covers(entry.tenant) && matches(entry, query)) entries.push_back(entry);
  }
  return entries;
}

Result<void> MemoryTransaction::for_each_audit(
    std::uint64_t first, const std::function<bool(const AuditEntry&)>& visit) {
  if (!scope_.is_platform()) {
    return fail(ErrorCode::InternalError, {}, "the whole audit log is for the platform only");
  }
  for (std::size_t i = first > 0 ? first - 1 : 0; i < state_->audit.size(); ++i) {
    if (!visit(*state_->audit[i])) break;
  }
  return {};
}

Result<void> MemoryTransaction::add_checkpoint(const AuditCheckpoint& checkpoint) {
  if (auto ok = require_writing(); !ok) return ok;
  auto& all = draft_->checkpoints;
  const auto place = std::ranges::lower_bound(all, checkpoint.seq, {}, &AuditCheckpoint::seq);
  if (place != all.end() && place->seq == checkpoint.seq) return fail(ErrorCode::AlreadyExists);
  all.insert(place, checkpoint)->at = std::chrono::floor<std::chrono::milliseconds>(checkpoint.at);
  return {};
}

Result<std::vector<AuditCheckpoint>> MemoryTransaction::list_checkpoints() {
  return state_->checkpoints;
}

Result<void> MemoryTransaction::note_last_use(
    std::span<const std::pair<std::string, WallTime>> uses) {
  if (auto ok = require_writing(); !ok) return ok;
  for (const auto& [id, time] : uses) {
    WallTime& last = draft_->last_use.try_emplace(id, WallTime::min()).first->second;
    last = std::max<WallTime>(last, std::chrono::floor<std::chrono::milliseconds>(time));
  }
  return {};
}

Result<std::vector<std::optional<WallTime>>> MemoryTransaction::last_use(
    std::span<const std::string> ids) {
  std::vector<std::optional<WallTime>> times;
  for (const std::string& id : ids) {
    const auto found = state_->last_use.find(id);
    times.push_back(found == state_->last_use.end() ? std::nullopt : std::optional(found->second));
  }
  return times;
}

Result<TakenUsage> MemoryTransaction::take_usage(const UsageKey& key, std::int64_t units,
                                                 std::int64_t bound) {
  if (auto ok = require_counting(); !ok) return std::unexpected(ok.error());
  if (auto ok = require_storable(key); !ok) return std::unexpected(ok.error());
  if (!scope_.covers(key.tenant)) return fail(ErrorCode::NotFound);
  if (std::min(units, bound) <= 0) return TakenUsage{};
  std::int64_t& used = draft_->usage[counter_of(key)];
  const std::int64_t taken = std::clamp<std::int64_t>(bound - used, 0, units);
  used += taken;
  return TakenUsage{.units = taken, .left = std::max<std::int64_t>(bound - used, 0)};
}

Result<void> MemoryTransaction::give_back_usage(const UsageKey& key, std::int64_t units) {
  if (auto ok = require_counting(); !ok) return ok;
  if (auto ok = require_storable(key); !ok) return ok;
  if (!scope_.covers(key.tenant)) return fail(ErrorCode::NotFound);
  const auto found = draft_->usage.find(counter_of(key));
  if (found != draft_->usage.end()) {
    found->second = std::max<std::int64_t>(found->second - units, 0);
  }
  return {};
}

Result<std::vector<Usage>> MemoryTransaction::list_usage(std::string_view quota,
                                                         WallTime period_start,
                                                         std::uint32_t limit) {
  period_start = std::chrono::floor<std::chrono::milliseconds>(period_start);
  std::vector<Usage> all;
  for (const auto& [counter, used] : state_->usage) {
    const auto& [counted, start, subject, tenant] = counter;
    if (counted != quota || start != period_start || !scope_.covers(tenant)) continue;
    all.push_back({.key = {counted, subject, tenant, start}, .used = used});
  }
  // Of those that are equal, the first subject comes first, as it does in the map.
  std::ranges::stable_sort(all, std::greater{}, &Usage::used);
  if (all.size() > limit) all.resize(limit);
  return all;
}

Result<std::size_t> MemoryTransaction::purge_usage(WallTime before) {
  if (auto ok = require_counting(); !ok) return std::unexpected(ok.error());
  return std::erase_if(draft_->usage, [&](const auto& counter) {
    return std::get<1>(counter.first) < before && scope_.covers(std::get<3>(counter.first));
  });
}

Result<std::size_t> MemoryTransaction::purge(Kind kind, WallTime before) {
  if (auto ok = require_writing(); !ok) return std::unexpected(ok.error());
  before = std::chrono::floor<std::chrono::milliseconds>(before);
  std::vector<RecordPtr> old;
  for (const auto& [revision, change] : state_->changes) {
    const bool due = change->kind == kind && change->updated_at < before;
    if (due && scope_.covers(change->tenant)) old.push_back(change);
  }
  std::size_t purged = 0;
  for (const RecordPtr& record : old) {
    if (record->removed) {
      draft_->forgotten = std::max(draft_->forgotten, record->revision);
      draft_->changes.erase(record->revision);
    } else {
      if (auto ok = remove(kind, record->id, record->revision); !ok) {
        return std::unexpected(ok.error());
      }
      ++purged;
    }
  }
  return purged;
}

Result<void> MemoryTransaction::commit() {
  if (draft_) {
    const std::lock_guard lock(shared_.mutex);
    shared_.state = std::shared_ptr<const MemoryState>(std::move(draft_));
    state_ = shared_.state;
  }
  writer_.reset();
  return {};
}

}  // namespace apiforge::storage::detail
