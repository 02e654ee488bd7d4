// Checkpoints: signed statements that the audit log's chain had this hash at this entry. The chain
// alone does not show that its end was cut off or that all of it was written anew; checkpoints do,
// above all those in a file outside the database.
//
// The signature is Ed25519 over `apiforge-audit-checkpoint-1`, seq, hash and at (milliseconds since
// 1970), joined by line feeds.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "auth/audit/checkpoint_file.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "storage/store.hpp"

namespace apiforge::auth {

using AuditPublicKey = std::array<std::uint8_t, 32>;

/// Signs checkpoints. Immutable; any thread.
class CheckpointSigner {
 public:
  static constexpr std::size_t kSeedBytes = 32;
  /// `seed` is kSeedBytes long: SystemSecrets "audit-signing".
  explicit CheckpointSigner(const Secret& seed);

  storage::AuditCheckpoint sign(std::uint64_t seq, std::string hash, WallTime at) const;
  const AuditPublicKey& public_key() const { return public_key_; }

 private:
  Secret secret_key_;
  AuditPublicKey public_key_{};
};

bool is_signed_by(const AuditPublicKey& key, const storage::AuditCheckpoint& checkpoint);

/// When a checkpoint is due: some entries after the last one, or some time after the first entry
/// that none covers. Pure; one thread.
class CheckpointSchedule {
 public:
  struct Rule {
    std::uint64_t entries = 1000;
    std::chrono::nanoseconds age = std::chrono::seconds(60);
  };
  /// `covered` is the seq of the last checkpoint, 0 for none.
  CheckpointSchedule(Rule rule, std::uint64_t covered) : rule_(rule), covered_(covered) {}

  /// Whether one is due when the log ends at `end`. Called every second or so.
  bool update(MonotonicTime now, std::uint64_t end);
  void written(std::uint64_t seq);

 private:
  Rule rule_;
  std::uint64_t covered_;
  std::optional<MonotonicTime> uncovered_since_;
};

/// Writes checkpoints to the store and the file when they are due. Owned by app; a timer calls
/// `tick` on a thread of the blocking pool, one call at a time.
class Checkpointer {
 public:
  /// `file` is `DATA_DIR/audit-checkpoints.log`.
  Checkpointer(storage::Store& store, CheckpointSigner signer, CheckpointFile file,
               CheckpointSchedule::Rule rule = {})
      : store_(store), signer_(std::move(signer)), file_(std::move(file)), rule_(rule) {}

  /// Writes a checkpoint when one is due; says whether. On an error it is still due.
  Result<bool> tick(MonotonicTime now, WallTime wall);
  /// Writes one for the end of the log unless it has one: before a clean stop.
  Result<bool> write_now(WallTime wall);

 private:
  Result<std::optional<storage::AuditEntry>> read_end();
  Result<void> load_schedule();
  Result<bool> write(const storage::AuditEntry& end, WallTime wall);

  storage::Store& store_;
  CheckpointSigner signer_;
  CheckpointFile file_;
  CheckpointSchedule::Rule rule_;
  std::optional<CheckpointSchedule> schedule_;  ///< once the last checkpoint is known
  std::uint64_t covered_ = 0;
};

}  // namespace apiforge::auth
