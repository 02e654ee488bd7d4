#include "auth/vault/system_secrets.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <boost/json.hpp>
#include <cassert>
#include <optional>
#include <string>

namespace apiforge::auth {
namespace {

namespace json = boost::json;

// Another process can only win once; the rest is for databases that report a lost race late.
constexpr int kTries = 5;

const model::TenantId kTenant{model::kPlatformTenant};

std::string record_id(std::string_view name) {
  return fmt::format("system.{}", name);
}
std::string row_of_secret(std::string_view id) {
  return sealed_row(storage::Kind::SigningKey, id, "sealed");
}

Result<std::optional<Secret>> find(storage::Transaction& transaction, const Vault& vault,
                                   const std::string& id, std::size_t bytes) {
  const auto record = transaction.find(storage::Kind::SigningKey, id);
  if (!record) return std::unexpected(record.error());
  if (!*record) return std::optional<Secret>();
  boost::system::error_code error;
  const json::value body = json::parse((*record)->body, error);
  const json::object* members = error ? nullptr : body.if_object();
  const json::value* sealed = members == nullptr ? nullptr : members->if_contains("sealed");
  if (sealed == nullptr || !sealed->is_string()) {
    return fail(ErrorCode::SealedDataUnreadable,
                fmt::format("The record of the secret {} was damaged", id));
  }
  Result<Secret> secret = vault.open(transaction, kTenant, row_of_secret(id), sealed->get_string());
  if (!secret) {
    secret.error().detail += fmt::format(" (secret {})", id);
    return std::unexpected(std::move(secret.error()));
  }
  if (secret->reveal().size() != bytes) {
    return fail(
        ErrorCode::SealedDataUnreadable,
        fmt::format("The secret {} has {} bytes and not {}", id, secret->reveal().size(), bytes));
  }
  return std::optional<Secret>(*std::move(secret));
}

Secret random_secret(std::size_t bytes) {
  std::string text;
  text.reserve(SystemSecrets::kMaximumBytes);
  text.resize(bytes);
  randombytes_buf(text.data(), text.size());
  return Secret(std::move(text));
}

/// Looks again in the writing transaction, so that usually nobody can come between.
Result<Secret> find_or_insert(storage::Store& store, const Vault& vault, const std::string& id,
                              std::size_t bytes) {
  auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  Result<std::optional<Secret>> found = find(**transaction, vault, id, bytes);
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found) return **std::move(found);

  Secret made = random_secret(bytes);
  const Result<std::string> sealed =
      vault.seal(**transaction, kTenant, row_of_secret(id), made.reveal());
  if (!sealed) return std::unexpected(sealed.error());
  storage::Record record;
  record.kind = storage::Kind::SigningKey;
  record.id = id;
  record.tenant = kTenant.value;
  record.body = json::serialize(json::object{{"sealed", *sealed}});
  if (auto done = (*transaction)->insert(record); !done) return std::unexpected(done.error());
  if (auto done = (*transaction)->commit(); !done) return std::unexpected(done.error());
  return made;
}

bool is_lost_race(ErrorCode code) {
  return code == ErrorCode::AlreadyExists || code == ErrorCode::VersionConflict ||
         code == ErrorCode::StorageUnavailable;
}

}  // namespace

Result<Secret> SystemSecrets::get_or_create(storage::Store& store, const Vault& vault,
                                            std::string_view name, std::size_t bytes) {
  assert(bytes >= 16 && bytes <= kMaximumBytes);
  const std::string id = record_id(name);
  {
    auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Read);
    if (!transaction) return std::unexpected(std::move(transaction.error()));
    Result<std::optional<Secret>> found = find(**transaction, vault, id, bytes);
    if (!found) return std::unexpected(std::move(found.error()));
    if (*found) return **std::move(found);
  }
  Result<Secret> secret = find_or_insert(store, vault, id, bytes);
  for (int tries = 1; !secret && is_lost_race(secret.error().code) && tries < kTries; ++tries) {
    secret = find_or_insert(store, vault, id, bytes);
  }
  return secret;
}

}  // namespace apiforge::auth
