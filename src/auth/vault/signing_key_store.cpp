#include "auth/vault/signing_key_store.hpp"

#include <algorithm>

namespace apiforge::auth {
namespace {

// Other secrets of the platform are records of the same kind; these are known by their id.
constexpr std::string_view kIdPrefix = "token-key-";

const model::TenantId& platform() {
  static const model::TenantId id{model::kPlatformTenant};
  return id;
}

std::string record_id(const SigningKey& key) {
  return std::string(kIdPrefix) + key.id;
}

std::string row_of_key(std::string_view id) {
  return sealed_row(storage::Kind::SigningKey, id, "body");
}

bool is_token_key(const storage::Record& record) {
  return record.id.starts_with(kIdPrefix);
}

/// The body is JSON, as of every record; the sealed text has no character that needs escaping.
std::string body_of(std::string_view sealed) {
  return "{\"sealed\":\"" + std::string(sealed) + "\"}";
}

Result<std::string_view> sealed_of(std::string_view body) {
  constexpr std::string_view kBegin = "{\"sealed\":\"";
  constexpr std::string_view kEnd = "\"}";
  if (!body.starts_with(kBegin) || !body.ends_with(kEnd)) {
    return fail(ErrorCode::SealedDataUnreadable, "a stored signing key is not what was written");
  }
  body.remove_prefix(kBegin.size());
  body.remove_suffix(kEnd.size());
  return body;
}

Result<std::vector<storage::Record>> records(storage::Transaction& transaction) {
  auto found =
      transaction.list(storage::Kind::SigningKey, {.tenant = platform().value, .limit = 10'000});
  if (found) std::erase_if(*found, [](const auto& record) { return !is_token_key(record); });
  return found;
}

}  // namespace

Result<SigningKeySet> SigningKeyStore::load(storage::Transaction& transaction) const {
  const auto found = records(transaction);
  if (!found) return std::unexpected(found.error());
  SigningKeySet set;
  for (const storage::Record& record : *found) {
    const auto sealed = sealed_of(record.body);
    if (!sealed) return std::unexpected(sealed.error());
    const auto text = vault_.open(transaction, platform(), row_of_key(record.id), *sealed);
    if (!text) return std::unexpected(text.error());
    auto key = parse_signing_key(*text);
    if (!key) return std::unexpected(key.error());
    set.keys.push_back(*std::move(key));
  }
  return set;
}

Result<SigningKeySet> SigningKeyStore::load_or_create(storage::Store& store,
                                                      TokenAlgorithm algorithm,
                                                      WallTime now) const {
  auto reading = store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!reading) return std::unexpected(reading.error());
  auto set = load(**reading);
  reading->reset();
  const auto signs = [&](const SigningKeySet& keys) {
    const SigningKey* key = signing_key_at(keys, now);
    return key != nullptr && key->algorithm == algorithm;
  };
  if (!set || signs(*set)) return set;
  auto key = generate_signing_key(algorithm, now);
  if (!key) return std::unexpected(key.error());
  auto writing = store.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!writing) return std::unexpected(writing.error());
  // Writers wait for each other from their first change on. Taking the lock before reading makes
  // sure that of two nodes only one finds no key.
  if (auto end = (*writing)->lock_audit_end(); !end) return std::unexpected(end.error());
  set = load(**writing);
  if (!set || signs(*set)) return set;
  auto record = sealed_record(**writing, *key);
  if (!record) return std::unexpected(record.error());
  if (auto done = (*writing)->insert(*record); !done) return std::unexpected(done.error());
  if (auto done = (*writing)->commit(); !done) return std::unexpected(done.error());
  set->keys.push_back(*std::move(key));
  return set;
}

Result<SigningKeySet> SigningKeyStore::rotate(storage::Transaction& transaction,
                                              TokenAlgorithm algorithm, WallTime now,
                                              RotationTimes times) const {
  auto before = load(transaction);
  if (!before) return before;
  auto next = generate_signing_key(algorithm, now + times.publish_ahead);
  if (!next) return std::unexpected(next.error());
  SigningKeySet after = auth::rotate(*std::move(before), *std::move(next), now, times);
  const auto stored = records(transaction);
  if (!stored) return std::unexpected(stored.error());
  for (SigningKey& key : after.keys) {
    auto sealed = sealed_record(transaction, key);
    if (!sealed) return std::unexpected(sealed.error());
    const auto same = std::ranges::find(*stored, sealed->id, &storage::Record::id);
    if (same != stored->end()) sealed->revision = same->revision;
    const auto done =
        same == stored->end() ? transaction.insert(*sealed) : transaction.update(*sealed);
    if (!done) return std::unexpected(done.error());
  }
  for (const storage::Record& record : *stored) {
    const auto is_kept = [&](const SigningKey& key) { return record_id(key) == record.id; };
    if (std::ranges::any_of(after.keys, is_kept)) continue;
    const auto gone = transaction.remove(record.kind, record.id, record.revision);
    if (!gone) return std::unexpected(gone.error());
  }
  return after;
}

Result<storage::Record> SigningKeyStore::sealed_record(storage::Transaction& transaction,
                                                       const SigningKey& key) const {
  storage::Record record;
  record.kind = storage::Kind::SigningKey;
  record.id = record_id(key);
  record.tenant = platform().value;
  const Secret text = signing_key_text(key);
  const auto sealed = vault_.seal(transaction, platform(), row_of_key(record.id), text.reveal());
  if (!sealed) return std::unexpected(sealed.error());
  record.body = body_of(*sealed);
  return record;
}

}  // namespace apiforge::auth
