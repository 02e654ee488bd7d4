// ChangeReader: from stored records to changes of the Directory. Lives for one read of the store,
// on one thread.
#pragma once
#include <optional>

#include "auth/directory.hpp"
#include "storage/record.hpp"

namespace apiforge::auth {

class ChangeReader {
 public:
  explicit ChangeReader(DirectoryChanges& changes) : changes_(changes) {}

  /// Takes one record of the kinds that the Directory knows, changed or removed. One that cannot be
  /// read counts as removed, since it must not go on permitting what it permitted before.
  void add(const storage::Record& record);
  /// The first fault of a record; SealedDataUnreadable.
  const std::optional<Error>& fault() const { return fault_; }

 private:
  void add_session(const storage::Record& record);
  void add_role(const storage::Record& record);
  template <class Value>
  void add_to(std::vector<DirectoryChanges::Change<Value>>& list, const storage::Record& record);
  template <class Value>
  std::optional<Value> read(const storage::Record& record);

  DirectoryChanges& changes_;
  std::optional<Error> fault_;
};

}  // namespace apiforge::auth
