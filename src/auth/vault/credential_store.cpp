#include "auth/vault/credential_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "base/text.hpp"

namespace apiforge::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaximumFieldBytes = 64 << 10;
constexpr std::size_t kShownFrom = 16;  // of a shorter value four characters would tell too much
constexpr std::uint32_t kPage = 1000;
// Longer than any std::string keeps inside itself, so that moving it leaves no copy behind.
constexpr std::size_t kOwnMemory = 64;

std::string record_id(const model::TenantId& tenant, std::string_view name) {
  return fmt::format("{}.{}", tenant.value, name);
}
std::string row_of(std::string_view id) {
  return sealed_row(storage::Kind::Credential, id, "fields");
}

std::unexpected<Error> not_found(std::string_view name) {
  return fail(ErrorCode::NotFound, fmt::format("There is no credential `{}`", name));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    const char lower = to_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

Result<void> check(const model::Credential& credential) {
  if (!is_name(credential.name)) {
    return fail(ErrorCode::InvalidValue,
                "The name of a credential must be 1 to 64 letters, digits, `.`, `_` and `-`");
  }
  if (credential.kind.empty() || credential.fields.empty()) {
    return fail(ErrorCode::InvalidValue, "A credential must have a kind and fields");
  }
  std::size_t bytes = 0;
  for (const auto& [name, value] : credential.fields) bytes += name.size() + value.reveal().size();
  if (bytes > kMaximumFieldBytes) {
    return fail(ErrorCode::InvalidValue, "The fields of a credential are larger than 64 KiB");
  }
  return {};
}

// Fields are written as name and value in turn, each with its length before: a JSON library would
// leave copies of the secrets in memory that nobody wipes.
Secret pack(const std::map<std::string, Secret>& fields) {
  constexpr std::size_t kLengthDigits = 8;
  std::size_t bytes = kOwnMemory;
  for (const auto& [name, value] : fields) {
    bytes += name.size() + value.reveal().size() + 2 * kLengthDigits;
  }
  std::string packed;
  packed.reserve(bytes);  // growing would leave copies, too
  for (const auto& [name, value] : fields) {
    for (const std::string_view text : {std::string_view(name), value.reveal()}) {
      packed += std::to_string(text.size());
      packed += ':';
      packed += text;
    }
  }
  return Secret(std::move(packed));
}

std::optional<std::string_view> take_text(std::string_view& packed) {
  const std::size_t colon = packed.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto size = parse_unsigned(packed.substr(0, colon));
  packed.remove_prefix(colon + 1);
  if (!size || *size > packed.size()) return std::nullopt;
  const std::string_view text = packed.substr(0, *size);
  packed.remove_prefix(*size);
  return text;
}

Secret secret_of(std::string_view text) {
  std::string value;
  value.reserve(std::max(text.size(), kOwnMemory));
  value += text;
  return Secret(std::move(value));
}

std::optional<std::map<std::string, Secret>> unpack(std::string_view packed) {
  std::map<std::string, Secret> fields;
  while (!packed.empty()) {
    const auto name = take_text(packed);
    const auto value = name ? take_text(packed) : std::nullopt;
    if (!value) return std::nullopt;
    fields.emplace(*name, secret_of(*value));
  }
  return fields;
}

std::string body_of(const model::Credential& credential, std::string_view sealed) {
  json::object shown;
  for (const auto& [name, value] : credential.fields) shown[name] = masked(value.reveal());
  return json::serialize(json::object{
      {"name", credential.name}, {"kind", credential.kind}, {"shown", shown}, {"sealed", sealed}});
}

/// A record as it is stored.
struct StoredCredential {
  MaskedCredential masked;
  std::string sealed;
};

Result<StoredCredential> read(const storage::Record& record) {
  boost::system::error_code error;
  const json::value body = json::parse(record.body, error);
  StoredCredential stored;
  stored.masked.revision = record.revision;
  stored.masked.created_at = record.created_at;
  stored.masked.updated_at = record.updated_at;
  const json::object* const members = error ? nullptr : body.if_object();
  const auto text = [&](std::string_view name, std::string& out) {
    const json::value* value = members == nullptr ? nullptr : members->if_contains(name);
    if (value == nullptr || !value->is_string()) return false;
    out = value->get_string();
    return true;
  };
  const json::value* shown = members == nullptr ? nullptr : members->if_contains("shown");
  if (!text("name", stored.masked.name) || !text("kind", stored.masked.kind) ||
      !text("sealed", stored.sealed) || shown == nullptr || !shown->is_object()) {
    return fail(ErrorCode::SealedDataUnreadable,
                fmt::format("The record of the credential {} was damaged", record.id));
  }
  for (const auto& [name, value] : shown->get_object()) {
    const json::string* mask = value.if_string();
    stored.masked.fields.push_back({name, mask == nullptr ? "***" : std::string(*mask)});
  }
  return stored;
}

Result<storage::Record> find_record(storage::Transaction& transaction,
                                    const model::TenantId& tenant, std::string_view name) {
  auto record = transaction.find(storage::Kind::Credential, record_id(tenant, name));
  if (!record) return std::unexpected(std::move(record.error()));
  if (!*record) return not_found(name);
  return **std::move(record);
}

}  // namespace

Result<MaskedCredential> CredentialStore::create(storage::Transaction& transaction,
                                                 const model::TenantId& tenant,
                                                 const model::Credential& credential) const {
  if (auto checked = check(credential); !checked) return std::unexpected(checked.error());
  storage::Record record;
  record.kind = storage::Kind::Credential;
  record.id = record_id(tenant, credential.name);
  record.tenant = tenant.value;
  const auto sealed =
      vault_.seal(transaction, tenant, row_of(record.id), pack(credential.fields).reveal());
  if (!sealed) return std::unexpected(sealed.error());
  record.body = body_of(credential, *sealed);
  if (auto done = transaction.insert(record); !done) return std::unexpected(done.error());
  Result<StoredCredential> stored = read(record);
  if (!stored) return std::unexpected(std::move(stored.error()));
  return std::move(stored->masked);
}

Result<MaskedCredential> CredentialStore::replace(storage::Transaction& transaction,
                                                  const model::TenantId& tenant,
                                                  const model::Credential& credential,
                                                  std::optional<std::uint64_t> revision) const {
  if (auto checked = check(credential); !checked) return std::unexpected(checked.error());
  Result<storage::Record> record = find_record(transaction, tenant, credential.name);
  if (!record) return std::unexpected(std::move(record.error()));
  const auto sealed =
      vault_.seal(transaction, tenant, row_of(record->id), pack(credential.fields).reveal());
  if (!sealed) return std::unexpected(sealed.error());
  record->body = body_of(credential, *sealed);
  record->revision = revision.value_or(record->revision);
  if (auto done = transaction.update(*record); !done) return std::unexpected(done.error());
  Result<StoredCredential> stored = read(*record);
  if (!stored) return std::unexpected(std::move(stored.error()));
  return std::move(stored->masked);
}

Result<model::Credential> CredentialStore::open(storage::Transaction& transaction,
                                                const model::TenantId& tenant,
                                                std::string_view name) const {
  const Result<storage::Record> record = find_record(transaction, tenant, name);
  if (!record) return std::unexpected(record.error());
  Result<StoredCredential> stored = read(*record);
  if (!stored) return std::unexpected(std::move(stored.error()));
  const auto packed = vault_.open(transaction, tenant, row_of(record->id), stored->sealed);
  if (!packed) return std::unexpected(packed.error());
  auto fields = unpack(packed->reveal());
  if (!fields) {
    return fail(ErrorCode::SealedDataUnreadable,
                fmt::format("The credential {} has a form that this version does not know", name));
  }
  return model::Credential{std::move(stored->masked.name), std::move(stored->masked.kind),
                           *std::move(fields), tenant};
}

Result<MaskedCredential> CredentialStore::find(storage::Transaction& transaction,
                                               const model::TenantId& tenant,
                                               std::string_view name) const {
  const Result<storage::Record> record = find_record(transaction, tenant, name);
  if (!record) return std::unexpected(record.error());
  Result<StoredCredential> stored = read(*record);
  if (!stored) return std::unexpected(std::move(stored.error()));
  return std::move(stored->masked);
}

Result<std::vector<MaskedCredential>> CredentialStore::list(storage::Transaction& transaction,
                                                            const model::TenantId& tenant,
                                                            std::string_view after,
                                                            std::uint32_t limit) const {
  storage::ListQuery query;
  query.tenant = tenant.value;
  query.after = after.empty() ? std::string() : record_id(tenant, after);
  query.limit = limit;
  const auto records = transaction.list(storage::Kind::Credential, query);
  if (!records) return std::unexpected(records.error());
  std::vector<MaskedCredential> credentials;
  credentials.reserve(records->size());
  for (const storage::Record& record : *records) {
    Result<StoredCredential> stored = read(record);
    if (!stored) return std::unexpected(std::move(stored.error()));
    credentials.push_back(std::move(stored->masked));
  }
  return credentials;
}

Result<void> CredentialStore::remove(storage::Transaction& transaction,
                                     const model::TenantId& tenant, std::string_view name,
                                     std::optional<std::uint64_t> revision) const {
  const Result<storage::Record> record = find_record(transaction, tenant, name);
  if (!record) return std::unexpected(record.error());
  return transaction.remove(storage::Kind::Credential, record->id,
                            revision.value_or(record->revision));
}

Result<std::size_t> CredentialStore::reseal(storage::Transaction& transaction,
                                            const model::TenantId& tenant) const {
  std::size_t resealed = 0;
  for (std::string after;;) {
    const auto page = list(transaction, tenant, after, kPage);
    if (!page) return std::unexpected(page.error());
    for (const MaskedCredential& shown : *page) {
      const Result<model::Credential> credential = open(transaction, tenant, shown.name);
      if (!credential) return std::unexpected(credential.error());
      const auto replaced = replace(transaction, tenant, *credential, shown.revision);
      if (!replaced) return std::unexpected(replaced.error());
      ++resealed;
    }
    if (page->size() < kPage) return resealed;
    after = page->back().name;
  }
}

std::string masked(std::string_view value) {
  const bool is_one_line = value.find_first_of("\r\n") == std::string_view::npos;
  if (value.size() < kShownFrom || !is_one_line) return "***";
  return fmt::format("***{}", value.substr(value.size() - 4));
}

}  // namespace apiforge::auth
