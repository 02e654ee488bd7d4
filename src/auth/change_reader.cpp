#include "auth/change_reader.hpp"

#include "storage/records.hpp"

namespace apiforge::auth {

template <class Value>
std::optional<Value> ChangeReader::read(const storage::Record& record) {
  if (record.removed) return std::nullopt;
  auto stored = storage::from_record<Value>(record);
  if (stored) return std::move(stored->value);
  if (!fault_) {
    fault_ = std::move(stored.error());
    fault_->context += " (" + std::string(name_of(record.kind)) + " " + record.id + ")";
  }
  return std::nullopt;
}

template <class Value>
void ChangeReader::add_to(std::vector<DirectoryChanges::Change<Value>>& list,
                          const storage::Record& record) {
  if (auto value = read<Value>(record)) {
    list.push_back({*std::move(value), false});
    return;
  }
  Value gone;
  gone.id.value = record.id;
  list.push_back({std::move(gone), true});
}

void ChangeReader::add_session(const storage::Record& record) {
  const auto session = read<model::Session>(record);
  if (!session || session->revoked_at) changes_.revoked_sessions.push_back({record.id});
}

void ChangeReader::add_role(const storage::Record& record) {
  const auto role = read<model::Role>(record);
  changes_.roles.push_back(
      {record.id, role ? role->permissions : model::PermissionSet(), !role.has_value()});
}

void ChangeReader::add(const storage::Record& record) {
  switch (record.kind) {
    case storage::Kind::Tenant:
      return add_to(changes_.tenants, record);
    case storage::Kind::User:
      return add_to(changes_.users, record);
    case storage::Kind::ApiKey:
      return add_to(changes_.keys, record);
    case storage::Kind::Session:
      return add_session(record);
    case storage::Kind::Role:
      return add_role(record);
    default:
      return;
  }
}

}  // namespace apiforge::auth
