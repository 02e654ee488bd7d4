#include "auth/vault/vault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "auth/vault/sealing.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

namespace apiforge::auth {
namespace {

namespace json = boost::json;

constexpr std::string_view kFormat = "v1";
constexpr std::uint32_t kResealPage = 1000;
// Data keys of one tenant; one is added by each rotation.
constexpr std::uint32_t kMaximumDataKeys = 10'000;

/// A data key as it lies in its record.
struct WrappedKey {
  std::string master_key;
  std::uint64_t version = 0;
  std::string bytes;
};

std::unexpected<Error> unreadable(std::string detail) {
  return fail(ErrorCode::SealedDataUnreadable, std::move(detail));
}

std::string data_key_id(std::string_view tenant, std::uint64_t version) {
  return fmt::format("{}.{}", tenant, version);
}

std::string wrapping_context(const storage::Record& record) {
  return associated_data({"apiforge data key", record.tenant, record.id});
}

/// The part of a sealed text before its Base64.
std::string header_of(std::uint64_t version) {
  return fmt::format("{}:{}:", kFormat, version);
}

std::string sealing_context(std::string_view header, std::string_view tenant,
                            std::string_view row) {
  return associated_data({"apiforge sealed", header, tenant, row});
}

std::string wrapped_body(const WrappedKey& wrapped) {
  return json::serialize(json::object{{"master_key", wrapped.master_key},
                                      {"version", wrapped.version},
                                      {"wrapped", base64(bytes_of(wrapped.bytes))}});
}

Result<WrappedKey> read_wrapped(const storage::Record& record) {
  boost::system::error_code error;
  const json::value body = json::parse(record.body, error);
  const json::object* members = error ? nullptr : body.if_object();
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const json::value* value = members == nullptr ? nullptr : members->if_contains(name);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
  };
  std::optional<std::string> master_key = text("master_key");
  const std::optional<std::string> encoded = text("wrapped");
  std::optional<std::string> bytes = encoded ? base64_decode(*encoded) : std::nullopt;
  const std::size_t dot = record.id.rfind('.');
  const auto version = parse_unsigned(std::string_view(record.id).substr(dot + 1));
  if (!master_key || !bytes || dot == std::string::npos || !version) {
    return unreadable(fmt::format("The record of data key {} was damaged", record.id));
  }
  return WrappedKey{*std::move(master_key), *version, *std::move(bytes)};
}

}  // namespace

struct Vault::DataKey {
  std::uint64_t version = 0;
  SecretKey key;
};

std::string sealed_row(storage::Kind kind, std::string_view id, std::string_view column) {
  return associated_data({storage::name_of(kind), id, column});
}

Result<std::string> Vault::seal(storage::Transaction& transaction, const model::TenantId& tenant,
                                std::string_view row, std::string_view plain) const {
  const Result<DataKey> data_key = newest_data_key(transaction, tenant);
  if (!data_key) return std::unexpected(data_key.error());
  std::string sealed = header_of(data_key->version);
  const std::string context = sealing_context(sealed, tenant.value, row);
  append_base64(sealed, bytes_of(encrypt(data_key->key, context, plain)));
  return sealed;
}

Result<Secret> Vault::open(storage::Transaction& transaction, const model::TenantId& tenant,
                           std::string_view row, std::string_view sealed) const {
  const std::size_t first = sealed.find(':');
  const std::size_t second = first == std::string_view::npos ? first : sealed.find(':', first + 1);
  if (second == std::string_view::npos || sealed.substr(0, first) != kFormat) {
    return unreadable("The sealed text has a form that this version does not know");
  }
  const auto version = parse_unsigned(sealed.substr(first + 1, second - first - 1));
  const std::optional<std::string> bytes = base64_decode(sealed.substr(second + 1));
  if (!version || !bytes) return unreadable("The sealed text was damaged");

  const std::string id = data_key_id(tenant.value, *version);
  Result<std::optional<storage::Record>> record = transaction.find(storage::Kind::DataKey, id);
  if (!record) return std::unexpected(std::move(record.error()));
  if (!*record) {
    return unreadable(
        fmt::format("The data key {} is not in the database: "
                    "restore the backup that has it",
                    id));
  }
  const Result<SecretKey> key = unwrap(**record);
  if (!key) return std::unexpected(key.error());
  const std::string_view header = sealed.substr(0, second + 1);
  std::optional<Secret> plain = decrypt(*key, sealing_context(header, tenant.value, row), *bytes);
  if (!plain) return unreadable("The sealed text was altered, or belongs to another tenant or row");
  return *std::move(plain);
}

Result<SecretKey> Vault::unwrap(const storage::Record& record) const {
  const Result<WrappedKey> wrapped = read_wrapped(record);
  if (!wrapped) return std::unexpected(wrapped.error());
  const MasterKey* const master = master_keys_.find(wrapped->master_key);
  if (master == nullptr) {
    return unreadable(
        fmt::format("The master key `{}` is needed and not given (given: {}): add it "
                    "behind the newest one in MASTER_KEY_FILE, or in MASTER_KEY",
                    wrapped->master_key, master_keys_.ids()));
  }
  const std::optional<Secret> bytes =
      decrypt(master->bytes, wrapping_context(record), wrapped->bytes);
  if (!bytes || bytes->reveal().size() != SecretKey::kBytes) {
    return unreadable(
        fmt::format("The data key {} was altered, or the master key given as `{}` is "
                    "not the one that wrapped it",
                    record.id, master->id));
  }
  return SecretKey::copy_of(bytes_of(bytes->reveal()));
}

Result<Vault::DataKey> Vault::newest_data_key(storage::Transaction& transaction,
                                              const model::TenantId& tenant) const {
  storage::ListQuery query;
  query.tenant = tenant.value;
  query.limit = kMaximumDataKeys;
  // A second try: another process may have made the first key between looking and making.
  for (int tries = 0; tries < 2; ++tries) {
    const auto records = transaction.list(storage::Kind::DataKey, query);
    if (!records) return std::unexpected(records.error());
    const storage::Record* newest = nullptr;
    std::uint64_t version = 0;
    for (const storage::Record& record : *records) {
      const Result<WrappedKey> wrapped = read_wrapped(record);
      if (!wrapped) return std::unexpected(wrapped.error());
      if (newest != nullptr && wrapped->version < version) continue;
      newest = &record;
      version = wrapped->version;
    }
    if (newest != nullptr) {
      Result<SecretKey> key = unwrap(*newest);
      if (!key) return std::unexpected(std::move(key.error()));
      return DataKey{version, *std::move(key)};
    }
    Result<DataKey> made = make_data_key(transaction, tenant, 1);
    if (made || made.error().code != ErrorCode::AlreadyExists) return made;
  }
  return fail(ErrorCode::StorageUnavailable,
              "Another process makes the tenant's first data key at this moment");
}

Result<Vault::DataKey> Vault::make_data_key(storage::Transaction& transaction,
                                            const model::TenantId& tenant,
                                            std::uint64_t version) const {
  SecretKey key = SecretKey::random();
  storage::Record record;
  record.kind = storage::Kind::DataKey;
  record.id = data_key_id(tenant.value, version);
  record.tenant = tenant.value;
  const MasterKey& master = master_keys_.newest();
  const std::span<const std::uint8_t> bytes = key.reveal();
  const std::string_view plain(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  record.body =
      wrapped_body({master.id, version, encrypt(master.bytes, wrapping_context(record), plain)});
  if (auto inserted = transaction.insert(record); !inserted) {
    return std::unexpected(std::move(inserted.error()));
  }
  return DataKey{version, std::move(key)};
}

Result<void> Vault::new_data_key(storage::Transaction& transaction,
                                 const model::TenantId& tenant) const {
  const Result<DataKey> newest = newest_data_key(transaction, tenant);
  if (!newest) return std::unexpected(newest.error());
  const Result<DataKey> made = make_data_key(transaction, tenant, newest->version + 1);
  if (!made) return std::unexpected(made.error());
  return {};
}

Result<std::size_t> Vault::rotate(storage::Transaction& transaction) const {
  const MasterKey& master = master_keys_.newest();
  std::size_t rotated = 0;
  storage::ListQuery query;
  query.limit = kResealPage;
  for (;;) {
    auto records = transaction.list(storage::Kind::DataKey, query);
    if (!records) return std::unexpected(std::move(records.error()));
    for (storage::Record& record : *records) {
      Result<WrappedKey> wrapped = read_wrapped(record);
      if (!wrapped) return std::unexpected(std::move(wrapped.error()));
      if (wrapped->master_key == master.id) continue;
      const Result<SecretKey> key = unwrap(record);
      if (!key) return std::unexpected(key.error());
      const std::span<const std::uint8_t> bytes = key->reveal();
      const std::string_view plain(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      record.body = wrapped_body(
          {master.id, wrapped->version, encrypt(master.bytes, wrapping_context(record), plain)});
      if (auto updated = transaction.update(record); !updated) {
        return std::unexpected(std::move(updated.error()));
      }
      ++rotated;
    }
    if (records->size() < kResealPage) return rotated;
    query.after = records->back().id;
  }
}

}  // namespace apiforge::auth
