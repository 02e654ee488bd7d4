#include "catalogue/feed.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "catalogue/rule_record.hpp"

namespace apiforge::catalogue {
namespace {

constexpr std::array kFedKinds{storage::Kind::Api, storage::Kind::Credential, storage::Kind::Quota,
                               storage::Kind::CircuitBreaker, storage::Kind::AlertRule};
/// From so many changed Apis on, a new list is made from all.
constexpr std::size_t kFewChanges = 64;

std::string key_of(const model::Api& api) {
  return api_id(api.name, api.version);
}
std::string key_of(const model::Credential& credential) {
  return credential.tenant.value + "." + credential.name;
}
template <class T>
std::string key_of(const T& rule) {
  return rule_id(rule.tenant, rule_name(rule));
}

/// Puts `value` into a list in the order of ids, or takes out what has the id when it is null.
template <class T>
void set(std::vector<std::shared_ptr<const T>>& list, const std::string& id,
         std::shared_ptr<const T> value) {
  const auto place =
      std::ranges::lower_bound(list, id, {}, [](const auto& element) { return key_of(*element); });
  const bool is_there = place != list.end() && key_of(**place) == id;
  if (is_there && value) {
    *place = std::move(value);
  } else if (is_there) {
    list.erase(place);
  } else if (value) {
    list.insert(place, std::move(value));
  }
}

/// The name in the id of a credential's record: `tenant.name`.
std::string_view credential_name(const storage::Record& record) {
  return std::string_view(record.id).substr(std::min(record.id.size(), record.tenant.size() + 1));
}

}  // namespace

/// What changed since the revision that the feed has.
struct CatalogueFeed::Changes {
  bool from_the_beginning = false;
  std::set<std::string> apis;
  std::vector<storage::Record> credentials;  ///< without their bodies
  std::vector<storage::Record> rules;

  bool empty() const {
    return !from_the_beginning && apis.empty() && credentials.empty() && rules.empty();
  }
};

CatalogueFeed::CatalogueFeed(storage::Store& store, const auth::Vault& vault, Inventory& inventory,
                             Publish publish, Report report)
    : store_(store),
      vault_(vault),
      credentials_(vault),
      inventory_(inventory),
      publish_(std::move(publish)),
      report_(std::move(report)),
      current_(std::make_shared<const StoredCatalogue>()) {}

std::shared_ptr<const StoredCatalogue> CatalogueFeed::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<void> CatalogueFeed::catch_up() {
  const std::lock_guard lock(working_);
  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto revision = (*transaction)->revision();
  if (!revision) return std::unexpected(revision.error());
  if (*revision == revision_) return {};

  Changes changes;
  if (auto done = read_changes(**transaction, changes); !done) return done;
  if (!changes.empty()) {
    auto next = std::make_shared<StoredCatalogue>();
    if (!changes.from_the_beginning) *next = *current();
    {
      const auto reading = inventory_.read(**transaction);
      if (!reading) return std::unexpected(reading.error());
      apply_apis(*next, changes, reading->stored());
    }
    if (auto done = apply_credentials(*next, **transaction, changes); !done) return done;
    if (auto done = apply_rules(*next, **transaction, changes); !done) return done;
    transaction->reset();  // the store need not wait for the workers
    publish_(next);
    const std::lock_guard current_lock(mutex_);
    current_ = std::move(next);
  }
  revision_ = *revision;
  return {};
}

Result<void> CatalogueFeed::read_changes(storage::Transaction& transaction, Changes& changes) {
  const auto visit = [&changes](storage::Record record) {
    if (record.kind == storage::Kind::Api) {
      changes.apis.insert(std::move(record.id));
    } else if (record.kind == storage::Kind::Credential) {
      record.body.clear();
      changes.credentials.push_back(std::move(record));
    } else {
      changes.rules.push_back(std::move(record));
    }
  };
  auto read = transaction.for_each_change(kFedKinds, revision_, visit);
  if (!read && read.error().code == ErrorCode::InvalidParameter) {
    changes = {.from_the_beginning = true, .apis = {}, .credentials = {}, .rules = {}};
    read = transaction.for_each_change(kFedKinds, 0, visit);
  }
  return read;
}

void CatalogueFeed::apply_apis(StoredCatalogue& next, const Changes& changes,
                               const ApiIndex& index) {
  if (changes.apis.size() > kFewChanges || changes.from_the_beginning) {
    next.apis.clear();
    for (const auto& [name, versions] : index.names()) {
      for (const auto& [version, api] : versions) next.apis.push_back(api.value);
    }
    std::ranges::sort(next.apis, {}, [](const auto& api) { return key_of(*api); });
    return;
  }
  for (const std::string& id : changes.apis) {
    const auto parts = parse_api_id(id);
    const IndexedApi* const api = parts ? index.find(parts->name, parts->version) : nullptr;
    set(next.apis, id, api == nullptr ? nullptr : api->value);
  }
}

Result<void> CatalogueFeed::apply_credentials(StoredCatalogue& next,
                                              storage::Transaction& transaction,
                                              const Changes& changes) {
  for (const storage::Record& change : changes.credentials) {
    std::shared_ptr<const model::Credential> opened;
    if (!change.removed) {
      const model::TenantId tenant{change.tenant};
      auto credential = credentials_.open(transaction, tenant, credential_name(change));
      if (credential) {
        opened = std::make_shared<const model::Credential>(*std::move(credential));
      } else if (credential.error().code == ErrorCode::StorageUnavailable) {
        return std::unexpected(std::move(credential.error()));
      } else {
        report_(credential.error());
      }
    }
    set(next.credentials, change.id, std::move(opened));
  }
  return {};
}

Result<void> CatalogueFeed::apply_rules(StoredCatalogue& next, storage::Transaction& transaction,
                                        const Changes& changes) {
  for (const storage::Record& change : changes.rules) {
    Result<void> done;
    if (change.kind == storage::Kind::Quota) {
      done = apply_rule(next.quotas, transaction, change);
    } else if (change.kind == storage::Kind::CircuitBreaker) {
      done = apply_rule(next.breakers, transaction, change);
    } else {
      done = apply_rule(next.alert_rules, transaction, change);
    }
    if (!done) return done;
  }
  return {};
}

template <class T>
Result<void> CatalogueFeed::apply_rule(std::vector<std::shared_ptr<const T>>& list,
                                       storage::Transaction& transaction,
                                       const storage::Record& change) {
  std::shared_ptr<const T> opened;
  if (!change.removed) {
    auto rule = open_rule<T>(transaction, vault_, change);
    if (rule) {
      opened = std::make_shared<const T>(std::move(rule->value));
    } else if (rule.error().code == ErrorCode::StorageUnavailable) {
      return std::unexpected(std::move(rule.error()));
    } else {
      report_(rule.error());
    }
  }
  set(list, change.id, std::move(opened));
  return {};
}

}  // namespace apiforge::catalogue
