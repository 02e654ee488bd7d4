// The typed face of records: each identity value to its record and back, and transactions in terms
// of values. Pure but for what the transaction does.
#pragma once
#include <optional>
#include <vector>

#include "model/identity.hpp"
#include "storage/store.hpp"

namespace apiforge::storage {

/// A value with what the store knows of it.
template <class T>
struct Stored {
  T value;
  std::uint64_t revision = 0;
  WallTime created_at{};
  WallTime updated_at{};
};

/// The record of a value, without revision and times.
template <class T>
Record to_record(const T& value);
/// SealedDataUnreadable when the body is not what this build writes.
template <class T>
Result<Stored<T>> from_record(const Record& record);

template <>
Record to_record(const model::Tenant&);
template <>
Record to_record(const model::User&);
template <>
Record to_record(const model::ApiKey&);
template <>
Record to_record(const model::Session&);
template <>
Record to_record(const model::RefreshToken&);
template <>
Record to_record(const model::Invitation&);
template <>
Record to_record(const model::Role&);
template <>
Result<Stored<model::Tenant>> from_record(const Record&);
template <>
Result<Stored<model::User>> from_record(const Record&);
template <>
Result<Stored<model::ApiKey>> from_record(const Record&);
template <>
Result<Stored<model::Session>> from_record(const Record&);
template <>
Result<Stored<model::RefreshToken>> from_record(const Record&);
template <>
Result<Stored<model::Invitation>> from_record(const Record&);
template <>
Result<Stored<model::Role>> from_record(const Record&);

template <class T>
inline constexpr Kind kKindOf = Kind::Tenant;
template <>
inline constexpr Kind kKindOf<model::User> = Kind::User;
template <>
inline constexpr Kind kKindOf<model::ApiKey> = Kind::ApiKey;
template <>
inline constexpr Kind kKindOf<model::Session> = Kind::Session;
template <>
inline constexpr Kind kKindOf<model::RefreshToken> = Kind::RefreshToken;
template <>
inline constexpr Kind kKindOf<model::Invitation> = Kind::Invitation;
template <>
inline constexpr Kind kKindOf<model::Role> = Kind::Role;

/// The id of a role's record: unique over tenants.
std::string role_record_id(const model::TenantId& tenant, std::string_view name);

template <class T>
Result<std::optional<Stored<T>>> find(Transaction& transaction, std::string_view id) {
  auto record = transaction.find(kKindOf<T>, id);
  if (!record) return std::unexpected(std::move(record.error()));
  if (!*record) return std::optional<Stored<T>>();
  auto value = from_record<T>(**record);
  if (!value) return std::unexpected(std::move(value.error()));
  return std::optional<Stored<T>>(*std::move(value));
}

/// `name` is compared as it was stored: user names and emails in lower case.
template <class T>
Result<std::optional<Stored<T>>> find_by_name(Transaction& transaction, std::string_view name) {
  auto record = transaction.find_by_name(kKindOf<T>, name);
  if (!record) return std::unexpected(std::move(record.error()));
  if (!*record) return std::optional<Stored<T>>();
  auto value = from_record<T>(**record);
  if (!value) return std::unexpected(std::move(value.error()));
  return std::optional<Stored<T>>(*std::move(value));
}

template <class T>
Result<std::vector<Stored<T>>> list(Transaction& transaction, const ListQuery& query) {
  auto records = transaction.list(kKindOf<T>, query);
  if (!records) return std::unexpected(std::move(records.error()));
  std::vector<Stored<T>> values;
  values.reserve(records->size());
  for (const Record& record : *records) {
    auto value = from_record<T>(record);
    if (!value) return std::unexpected(std::move(value.error()));
    values.push_back(*std::move(value));
  }
  return values;
}

template <class T>
Result<Stored<T>> insert(Transaction& transaction, T value) {
  Record record = to_record(value);
  if (auto done = transaction.insert(record); !done) return std::unexpected(done.error());
  return Stored<T>{std::move(value), record.revision, record.created_at, record.updated_at};
}

/// Compare and swap on `stored.revision`, which becomes the new one.
template <class T>
Result<void> update(Transaction& transaction, Stored<T>& stored) {
  Record record = to_record(stored.value);
  record.revision = stored.revision;
  record.created_at = stored.created_at;
  if (auto done = transaction.update(record); !done) return done;
  stored.revision = record.revision;
  stored.updated_at = record.updated_at;
  return {};
}

}  // namespace apiforge::storage
