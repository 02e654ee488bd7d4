#include "quota/alert_outbox.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <deque>
#include <iterator>
#include <set>

#include "model/identity.hpp"

namespace apiforge::quota {
namespace {

namespace json = boost::json;
using storage::Kind;
using storage::Record;

constexpr std::uint32_t kPage = 500;  // records read at a time
constexpr std::string_view kHeartbeatPrefix = "node-";

bool is_heartbeat(const Record& record) {
  return record.id.starts_with(kHeartbeatPrefix);
}

struct StoredMember {
  const char* name;
  std::string AlertDelivery::* value;
};
constexpr std::array<StoredMember, 5> kStoredMembers{{{"rule", &AlertDelivery::rule},
                                                      {"url", &AlertDelivery::url},
                                                      {"type", &AlertDelivery::type},
                                                      {"body", &AlertDelivery::body},
                                                      {"signature", &AlertDelivery::signature}}};

Record record_of(const AlertDelivery& delivery, const std::string& node) {
  json::object body;
  for (const auto& [name, value] : kStoredMembers) body[name] = delivery.*value;
  Record record;
  record.kind = Kind::AlertDelivery;
  record.id = delivery.id;
  record.tenant = delivery.tenant;
  record.owner = node;
  record.body = json::serialize(body);
  return record;
}

/// nullopt when another build wrote it in another way.
std::optional<AlertDelivery> delivery_of(const Record& record) {
  boost::system::error_code error;
  const json::value body = json::parse(record.body, error);
  const json::object* object = error ? nullptr : body.if_object();
  if (object == nullptr) return std::nullopt;
  AlertDelivery delivery{.id = record.id, .tenant = record.tenant};
  for (const auto& [name, value] : kStoredMembers) {
    const json::value* member = object->if_contains(name);
    const json::string* text = member == nullptr ? nullptr : member->if_string();
    if (text == nullptr) return std::nullopt;
    delivery.*value = std::string(*text);
  }
  return delivery;
}

Result<void> remove_if_there(storage::Transaction& transaction, const std::string& id) {
  const auto found = transaction.find(Kind::AlertDelivery, id);
  if (!found) return std::unexpected(found.error());
  if (!*found) return {};
  return transaction.remove(Kind::AlertDelivery, id, (*found)->revision);
}

}  // namespace

struct AlertOutbox::Entry {
  enum class Phase : std::uint8_t { Waiting, UnderWay, Done };

  AlertDelivery delivery{};
  WallTime made_at{};
  Phase phase = Phase::Waiting;
  bool is_stored = false;
  MonotonicTime next_try = MonotonicTime::min();
  std::chrono::milliseconds wait{0};  ///< after the last failure
};

/// Where tries leave what came of them, on whatever thread.
struct AlertOutbox::Results {
  std::mutex mutex;
  std::vector<std::pair<std::string, Result<int>>> finished;
};

AlertOutbox::AlertOutbox(storage::Store& store, WebhookSender& sender, const Clock& clock,
                         AlertOutboxOptions options, SecretOf secret_of, TellFailure tell_failure)
    : store_(store),
      sender_(sender),
      clock_(clock),
      options_(std::move(options)),
      secret_of_(std::move(secret_of)),
      tell_failure_(std::move(tell_failure)),
      results_(std::make_shared<Results>()) {}
AlertOutbox::~AlertOutbox() = default;

void AlertOutbox::add(std::vector<AlertDelivery> deliveries) {
  if (deliveries.empty()) return;
  const std::lock_guard lock(mutex_);
  for (AlertDelivery& delivery : deliveries) {
    std::string id = delivery.id;
    Entry entry{.delivery = std::move(delivery), .made_at = clock_.wall()};
    entries_.try_emplace(std::move(id), std::move(entry));
  }
  give_up_old_ones();
  (void)write();  // what could not be written is written at the next pump
  waiting_.store(entries_.size(), std::memory_order_relaxed);
}

void AlertOutbox::pump() {
  const std::lock_guard lock(mutex_);
  take_results();
  if (clock_.now() >= next_look_ && take_over_what_was_left()) {
    next_look_ = clock_.now() + options_.heartbeat;
  }
  give_up_old_ones();
  (void)write();
  begin_tries();
  waiting_.store(entries_.size(), std::memory_order_relaxed);
}

void AlertOutbox::take_results() {
  std::vector<std::pair<std::string, Result<int>>> finished;
  {
    const std::lock_guard lock(results_->mutex);
    finished = std::exchange(results_->finished, {});
  }
  for (const auto& [id, result] : finished) {
    --under_way_;
    if (const auto at = entries_.find(id); at != entries_.end()) settle(at->second, result);
  }
}

void AlertOutbox::settle(Entry& entry, const Result<int>& result) {
  if (result && *result >= 200 && *result < 300) {
    entry.phase = Entry::Phase::Done;
    delivered_.fetch_add(1, std::memory_order_relaxed);
    failing_.erase({entry.delivery.tenant, entry.delivery.rule, entry.delivery.url});
    return;
  }
  failed_tries_.fetch_add(1, std::memory_order_relaxed);
  note_failure(entry.delivery, result);
  entry.wait = std::clamp(entry.wait * 2, options_.first_wait, options_.max_wait);
  entry.next_try = clock_.now() + entry.wait;
  entry.phase = Entry::Phase::Waiting;
}

void AlertOutbox::note_failure(const AlertDelivery& delivery, const Result<int>& result) {
  // Those of rules that are long gone would stay: all are told anew rather than too many kept.
  if (failing_.size() >= options_.max_kept) failing_.clear();
  const bool is_first = failing_.emplace(delivery.tenant, delivery.rule, delivery.url).second;
  if (is_first && tell_failure_) tell_failure_(delivery, result);
}

Result<void> AlertOutbox::take_over_what_was_left() {
  auto records = read_all();
  if (!records) return std::unexpected(records.error());
  std::set<std::string> alive;
  for (const Record& record : *records) {
    const bool is_fresh = record.updated_at + options_.patience > clock_.wall();
    if (is_heartbeat(record) && is_fresh) alive.insert(record.owner);
  }
  std::erase_if(*records, [&](const Record& record) {
    if (record.owner == options_.node) return is_heartbeat(record) || entries_.contains(record.id);
    return alive.contains(record.owner);
  });
  return records->empty() ? Result<void>() : adopt(*std::move(records));
}

Result<std::vector<Record>> AlertOutbox::read_all() {
  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(transaction.error());
  std::vector<Record> records;
  storage::ListQuery query{.limit = kPage};
  while (true) {
    auto page = (*transaction)->list(Kind::AlertDelivery, query);
    if (!page) return page;
    const bool is_last = page->size() < kPage;
    std::ranges::move(*page, std::back_inserter(records));
    if (is_last) return records;
    query.after = records.back().id;
  }
}

Result<void> AlertOutbox::adopt(std::vector<Record> records) {
  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return std::unexpected(transaction.error());
  std::vector<const Record*> adopted;
  for (Record& record : records) {
    Result<void> done;
    if (is_heartbeat(record)) {
      done = (*transaction)->remove(record.kind, record.id, record.revision);
    } else {
      if (record.owner != options_.node) {
        record.owner = options_.node;
        done = (*transaction)->update(record);
      }
      if (done) adopted.push_back(&record);
    }
    // Anything else means that another node was faster.
    if (!done && done.error().code == ErrorCode::StorageUnavailable) return done;
  }
  if (auto committed = (*transaction)->commit(); !committed) return committed;
  for (const Record* record : adopted) keep(*record);
  return {};
}

void AlertOutbox::keep(const Record& record) {
  Entry entry{.made_at = record.created_at, .is_stored = true};
  if (auto delivery = delivery_of(record)) {
    entry.delivery = *std::move(delivery);
  } else {
    entry.phase = Entry::Phase::Done;
    given_up_.fetch_add(1, std::memory_order_relaxed);
  }
  entries_.try_emplace(record.id, std::move(entry));
}

void AlertOutbox::give_up_old_ones() {
  const WallTime oldest = clock_.wall() - options_.max_age;
  std::size_t kept = 0;
  std::map<std::string_view, std::deque<Entry*>> waiting;  // by tenant, the oldest first
  for (auto& [id, entry] : entries_) {
    if (entry.phase != Entry::Phase::Waiting) continue;
    if (entry.made_at <= oldest) {
      give_up(entry);
      continue;
    }
    ++kept;
    waiting[entry.delivery.tenant].push_back(&entry);
  }
  for (; kept > options_.max_kept; --kept) {
    auto& most = std::ranges::max_element(waiting, {}, [](const auto& of_tenant) {
                   return of_tenant.second.size();
                 })->second;
    give_up(*most.front());
    most.pop_front();
  }
}

void AlertOutbox::give_up(Entry& entry) {
  entry.phase = Entry::Phase::Done;
  given_up_.fetch_add(1, std::memory_order_relaxed);
}

Result<void> AlertOutbox::write() {
  const auto is_done = [](const auto& entry) { return entry.second.phase == Entry::Phase::Done; };
  // What was never written and is done with needs no transaction.
  std::erase_if(entries_,
                [&](const auto& entry) { return is_done(entry) && !entry.second.is_stored; });
  const bool is_clean = std::ranges::all_of(
      entries_, [&](const auto& entry) { return !is_done(entry) && entry.second.is_stored; });
  const bool is_busy = !std::ranges::all_of(entries_, is_done);
  const bool is_beat_due = is_busy ? clock_.now() >= next_beat_ : is_beating_;
  if (is_clean && !is_beat_due) return {};

  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto written = write_entries(**transaction); !written) return written;
  if (is_beat_due) {
    if (auto written = write_heartbeat(**transaction, is_busy); !written) return written;
  }
  if (auto committed = (*transaction)->commit(); !committed) return committed;
  std::erase_if(entries_, is_done);
  for (auto& [id, entry] : entries_) entry.is_stored = true;
  if (is_beat_due) {
    is_beating_ = is_busy;
    next_beat_ = is_busy ? clock_.now() + options_.heartbeat : MonotonicTime::min();
  }
  return {};
}

Result<void> AlertOutbox::write_entries(storage::Transaction& transaction) {
  for (const auto& [id, entry] : entries_) {
    Result<void> written;
    if (entry.phase == Entry::Phase::Done) {
      written = remove_if_there(transaction, id);
    } else if (!entry.is_stored) {
      Record record = record_of(entry.delivery, options_.node);
      written = transaction.insert(record);
    }
    // Anything else is about this record: a commit whose answer was lost had been done after all,
    // or another node was faster.
    if (!written && written.error().code == ErrorCode::StorageUnavailable) return written;
  }
  return {};
}

Result<void> AlertOutbox::write_heartbeat(storage::Transaction& transaction, bool is_busy) const {
  const std::string id = std::string(kHeartbeatPrefix) + options_.node;
  if (!is_busy) return remove_if_there(transaction, id);
  const auto found = transaction.find(Kind::AlertDelivery, id);
  if (!found) return std::unexpected(found.error());
  if (*found) {
    Record record = **found;
    return transaction.update(record);
  }
  Record record;
  record.kind = Kind::AlertDelivery;
  record.id = id;
  record.tenant = model::kPlatformTenant;
  record.owner = options_.node;
  record.body = "{}";
  return transaction.insert(record);
}

void AlertOutbox::begin_tries() {
  const MonotonicTime now = clock_.now();
  using Webhook = std::pair<std::string_view, std::string_view>;  // tenant and URL
  std::map<Webhook, std::size_t> of_webhook;
  std::map<std::string_view, std::size_t> of_tenant;
  for (const auto& [id, entry] : entries_) {
    if (entry.phase != Entry::Phase::UnderWay) continue;
    ++of_webhook[{entry.delivery.tenant, entry.delivery.url}];
    ++of_tenant[entry.delivery.tenant];
  }
  std::map<std::string_view, std::deque<Entries::value_type*>> due;  // by tenant, the oldest first
  for (auto& each : entries_) {
    const Entry& entry = each.second;
    if (entry.phase != Entry::Phase::Waiting || entry.next_try > now) continue;
    std::size_t& taken = of_webhook[{entry.delivery.tenant, entry.delivery.url}];
    if (taken >= options_.max_at_once_each) continue;
    ++taken;
    due[entry.delivery.tenant].push_back(&each);
  }
  while (under_way_ < options_.max_at_once && !due.empty()) {
    const auto next = std::ranges::min_element(
        due, {}, [&](const auto& waiting) { return of_tenant[waiting.first]; });
    auto& [id, entry] = *next->second.front();
    ++of_tenant[next->first];
    next->second.pop_front();
    if (next->second.empty()) due.erase(next);
    begin_try(id, entry);
  }
}

void AlertOutbox::begin_try(const std::string& id, Entry& entry) {
  const AlertDelivery& delivery = entry.delivery;
  WebhookSender::Headers headers{{"Content-Type", "application/json"},
                                 {"X-APIForge-Event", delivery.type},
                                 {"X-APIForge-Delivery", id}};
  const auto secret = secret_of_(delivery.tenant, delivery.rule, delivery.url);
  std::string signature =
      secret ? sign_webhook(*secret, clock_.wall(), delivery.body) : delivery.signature;
  if (!signature.empty()) headers.emplace_back("X-APIForge-Signature", std::move(signature));
  entry.phase = Entry::Phase::UnderWay;
  ++under_way_;
  sender_.send(delivery.url, std::move(headers), delivery.body,
               [results = results_, id](Result<int> result) {
                 const std::lock_guard lock(results->mutex);
                 results->finished.emplace_back(id, std::move(result));
               });
}

}  // namespace apiforge::quota
