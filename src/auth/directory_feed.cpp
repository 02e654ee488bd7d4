#include "auth/directory_feed.hpp"

#include <array>
#include <utility>

#include "auth/change_reader.hpp"

namespace apiforge::auth {
namespace {

constexpr std::array kKinds{storage::Kind::Tenant, storage::Kind::User, storage::Kind::Role,
                            storage::Kind::ApiKey, storage::Kind::Session};

}  // namespace

DirectoryFeed::DirectoryFeed(storage::Store& store, const Clock& clock,
                             std::chrono::seconds token_lifetime, Publish publish)
    : store_(store),
      clock_(clock),
      publish_(std::move(publish)),
      current_(std::make_shared<const Directory>(token_lifetime)) {}

std::shared_ptr<const Directory> DirectoryFeed::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

Result<void> DirectoryFeed::catch_up() {
  const std::lock_guard lock(working_);
  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto revision = (*transaction)->revision();
  if (!revision) return std::unexpected(revision.error());
  if (*revision == revision_) return {};

  DirectoryChanges changes;
  ChangeReader reader(changes);
  const auto visit = [&reader](const storage::Record& record) { reader.add(record); };
  std::shared_ptr<const Directory> base = current();
  auto read = (*transaction)->for_each_change(kKinds, revision_, visit);
  if (!read && read.error().code == ErrorCode::InvalidParameter) {
    changes = {};
    base = base->emptied();
    read = (*transaction)->for_each_change(kKinds, 0, visit);
  }
  if (!read) return read;
  transaction->reset();  // the store need not wait for the workers
  if (!changes.empty()) put_in_force(base->with(changes, clock_.wall()));
  revision_ = *revision;
  if (reader.fault()) return std::unexpected(*reader.fault());
  return {};
}

void DirectoryFeed::put_in_force(std::shared_ptr<const Directory> next) {
  publish_(next);
  const std::lock_guard lock(mutex_);
  current_ = std::move(next);
}

}  // namespace apiforge::auth
