#include "auth/audit/audit_verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <tuple>

namespace apiforge::auth {

AuditChainCheck::AuditChainCheck(const AuditPublicKey& key,
                                 std::vector<storage::AuditCheckpoint> checkpoints)
    : hash_(kAuditGenesis) {
  const auto order = [](const auto& checkpoint) {
    return std::tie(checkpoint.seq, checkpoint.hash);
  };
  std::ranges::sort(checkpoints, {}, order);
  for (storage::AuditCheckpoint& checkpoint : checkpoints) {
    if (is_signed_by(key, checkpoint)) {
      checkpoints_.push_back(std::move(checkpoint));
    } else if (!forged_) {
      forged_ = std::move(checkpoint);
    }
  }
  report_.checkpoints = checkpoints_.size();
}

bool AuditChainCheck::reject(std::uint64_t seq, std::string reason) {
  report_.ok = false;
  report_.first_bad_seq = seq;
  report_.reason = std::move(reason);
  return false;
}

bool AuditChainCheck::see(const storage::AuditEntry& entry) {
  if (!report_.ok) return false;
  const std::uint64_t expected = seq_ + 1;
  if (entry.seq > expected + 1) {
    return reject(expected, fmt::format("Entries {} to {} are missing", expected, entry.seq - 1));
  }
  if (entry.seq > expected) return reject(expected, fmt::format("Entry {} is missing", expected));
  if (entry.seq < expected) {
    return reject(expected,
                  fmt::format("Entry {} stands in the place of entry {}", entry.seq, expected));
  }
  if (audit_hash(hash_, entry) != entry.hash) {
    return reject(entry.seq, fmt::format("Entry {} was altered or put elsewhere: its hash does not "
                                         "follow from it and the entry before",
                                         entry.seq));
  }
  if (!agrees_with_checkpoints(entry)) return false;
  seq_ = entry.seq;
  hash_ = entry.hash;
  ++report_.entries;
  return true;
}

bool AuditChainCheck::agrees_with_checkpoints(const storage::AuditEntry& entry) {
  while (next_checkpoint_ < checkpoints_.size() &&
         checkpoints_[next_checkpoint_].seq <= entry.seq) {
    const storage::AuditCheckpoint& checkpoint = checkpoints_[next_checkpoint_];
    if (checkpoint.seq == entry.seq && checkpoint.hash != entry.hash) {
      // The chain is whole in itself, so all between the checkpoints is suspect.
      const std::uint64_t from = report_.covered + 1;
      return reject(from, fmt::format("Entries from {} to {} were written anew: the chain is not "
                                      "the one that the checkpoint at {} was signed for",
                                      from, entry.seq, entry.seq));
    }
    report_.covered = std::max(report_.covered, checkpoint.seq);
    ++next_checkpoint_;
  }
  return true;
}

AuditReport AuditChainCheck::finish() && {
  if (report_.ok && next_checkpoint_ < checkpoints_.size()) {
    const std::uint64_t last = checkpoints_.back().seq;
    reject(seq_ + 1, fmt::format("Entries {} to {} were cut off: a checkpoint was signed for them",
                                 seq_ + 1, last));
  }
  if (forged_ && (report_.ok || forged_->seq < report_.first_bad_seq)) {
    reject(
        forged_->seq,
        fmt::format("The checkpoint at {} is not signed by this installation's key", forged_->seq));
  }
  return std::move(report_);
}

Result<AuditReport> verify_audit(storage::Store& store, const AuditPublicKey& key,
                                 const CheckpointFile* file) {
  // Before the view of the store begins: a checkpoint that is written meanwhile would seem to be
  // for entries that were cut off.
  std::vector<storage::AuditCheckpoint> checkpoints;
  if (file != nullptr) {
    auto in_file = file->read();
    if (!in_file) return std::unexpected(std::move(in_file.error()));
    checkpoints = *std::move(in_file);
  }
  auto transaction = store.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto in_store = (*transaction)->list_checkpoints();
  if (!in_store) return std::unexpected(std::move(in_store.error()));
  std::ranges::move(*in_store, std::back_inserter(checkpoints));
  AuditChainCheck check(key, std::move(checkpoints));
  const auto walked = (*transaction)->for_each_audit(1, [&](const storage::AuditEntry& entry) {
    return check.see(entry);
  });
  if (!walked) return std::unexpected(walked.error());
  return std::move(check).finish();
}

}  // namespace apiforge::auth
