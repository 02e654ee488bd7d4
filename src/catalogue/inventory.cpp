#include "catalogue/inventory.hpp"

#include <array>
#include <utility>

#include "catalogue/api_record.hpp"

namespace apiforge::catalogue {
namespace {

constexpr std::array kInventoryKinds{storage::Kind::Api};

}  // namespace

Inventory::Inventory(Declared declared, Report report)
    : declared_now_(std::move(declared)),
      report_(std::move(report)),
      file_(std::make_shared<const model::Configuration>()) {}

Result<Inventory::Reading> Inventory::read(storage::Transaction& transaction) {
  mutex_.lock();
  Reading reading(*this);
  if (auto done = catch_up(transaction); !done) return std::unexpected(std::move(done.error()));
  catch_up_with_file();
  return reading;
}

Result<void> Inventory::catch_up(storage::Transaction& transaction) {
  const auto revision = transaction.revision();
  if (!revision) return std::unexpected(revision.error());
  // A reader may see less than another one before it.
  if (*revision <= revision_) return {};
  const auto visit = [this](const storage::Record& record) { take(record); };
  auto read = transaction.for_each_change(kInventoryKinds, revision_, visit);
  if (!read && read.error().code == ErrorCode::InvalidParameter) {
    stored_ = {};
    revision_ = 0;
    read = transaction.for_each_change(kInventoryKinds, 0, visit);
  }
  // After a failure in between, what was taken already is taken once more.
  if (read) revision_ = *revision;
  return read;
}

void Inventory::take(const storage::Record& record) {
  const auto id = parse_api_id(record.id);
  if (!id) return;
  if (record.removed) return stored_.remove(id->name, id->version);
  auto api = api_from_record(record);
  if (!api) {
    stored_.remove(id->name, id->version);
    if (report_) report_(api.error());
    return;
  }
  stored_.put({std::make_shared<const model::Api>(std::move(api->value)), api->revision,
               api->created_at, api->updated_at});
}

void Inventory::catch_up_with_file() {
  auto now = declared_now_();
  if (now == file_) return;
  declared_ = {};
  for (const model::Api& api : now->apis) {
    declared_.put({.value = std::shared_ptr<const model::Api>(now, &api)});
  }
  file_ = std::move(now);
}

}  // namespace apiforge::catalogue
