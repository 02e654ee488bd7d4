#include "storage/sql/detail/heads.hpp"

namespace apiforge::storage::detail {
namespace {

constexpr Query kRead{"SELECT revision, audit_seq, audit_hash, forgotten FROM heads WHERE id = 1",
                      "nntn"};
constexpr Query kReadAndLock{
    "SELECT revision, audit_seq, audit_hash, forgotten FROM heads WHERE id = 1 FOR UPDATE", "nntn"};
constexpr Query kWrite{
    "UPDATE heads SET revision = :revision, audit_seq = :audit_seq, audit_hash = :audit_hash,"
    " forgotten = :forgotten WHERE id = 1"};

}  // namespace

Result<Heads> read_heads(Connection& connection, bool lock) {
  const bool locks_rows = lock && connection.engine() == Engine::Postgresql;
  Heads heads;
  auto rows = connection.query(locks_rows ? kReadAndLock : kRead, {}, [&](Statement& row) {
    heads = {row.number(0), row.number(1), row.text(2), row.number(3)};
  });
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (*rows != 1) return fail(ErrorCode::StorageUnavailable, {}, "the table heads has no row");
  return heads;
}

Result<void> write_heads(Connection& connection, const Heads& heads) {
  auto done = connection.query(kWrite, {{"revision", heads.revision},
                                        {"audit_seq", heads.audit_seq},
                                        {"audit_hash", heads.audit_hash},
                                        {"forgotten", heads.forgotten}});
  if (!done) return std::unexpected(std::move(done.error()));
  return {};
}

}  // namespace apiforge::storage::detail
