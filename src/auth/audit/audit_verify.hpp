// Verification of the audit log: walks the chain and names the first entry that was altered, taken
// out, put elsewhere or cut off. `AuditChainCheck` is pure; one thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "auth/audit/audit_checkpoint.hpp"
#include "auth/audit/audit_log.hpp"

namespace apiforge::auth {

struct AuditReport {
  bool ok = true;
  std::uint64_t entries = 0;        ///< that were walked
  std::uint64_t checkpoints = 0;    ///< with a good signature
  std::uint64_t covered = 0;        ///< the last entry that a checkpoint covers; 0 for none
  std::uint64_t first_bad_seq = 0;  ///< when not ok
  std::string reason;               ///< when not ok, for people
};

class AuditChainCheck {
 public:
  /// Checkpoints in any order; the same one may come from the store and from the file.
  AuditChainCheck(const AuditPublicKey& key, std::vector<storage::AuditCheckpoint> checkpoints);

  /// The next entry; false when it is bad and no more are needed.
  bool see(const storage::AuditEntry& entry);
  /// After the last one.
  AuditReport finish() &&;

 private:
  bool reject(std::uint64_t seq, std::string reason);
  bool agrees_with_checkpoints(const storage::AuditEntry& entry);

  std::vector<storage::AuditCheckpoint> checkpoints_;  ///< with good signatures, in order of seq
  std::size_t next_checkpoint_ = 0;
  std::string hash_;
  std::uint64_t seq_ = 0;
  std::optional<storage::AuditCheckpoint> forged_;  ///< the first with a bad signature
  AuditReport report_;
};

/// Walks the whole log in one consistent view of the store. `file` may be null: then an end that
/// was cut off together with the store's checkpoints cannot be noticed. An error means that the log
/// could not be read, not that it is bad.
Result<AuditReport> verify_audit(storage::Store& store, const AuditPublicKey& key,
                                 const CheckpointFile* file);

}  // namespace apiforge::auth
