#include "auth/audit/audit_checkpoint.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <cassert>

#include "auth/audit/audit_log.hpp"
#include "base/encoding.hpp"

namespace apiforge::auth {
namespace {

std::string signed_text(const storage::AuditCheckpoint& checkpoint) {
  return fmt::format("apiforge-audit-checkpoint-1\n{}\n{}\n{}", checkpoint.seq, checkpoint.hash,
                     unix_milliseconds(checkpoint.at));
}

}  // namespace

CheckpointSigner::CheckpointSigner(const Secret& seed) {
  static_assert(kSeedBytes == crypto_sign_SEEDBYTES);
  static_assert(sizeof(AuditPublicKey) == crypto_sign_PUBLICKEYBYTES);
  assert(seed.reveal().size() == kSeedBytes);
  std::string key(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(public_key_.data(), reinterpret_cast<std::uint8_t*>(key.data()),
                           bytes_of(seed.reveal()).data());
  secret_key_ = Secret(std::move(key));
}

storage::AuditCheckpoint CheckpointSigner::sign(std::uint64_t seq, std::string hash,
                                                WallTime at) const {
  storage::AuditCheckpoint checkpoint{
      seq, std::move(hash), std::chrono::floor<std::chrono::milliseconds>(at), {}};
  const std::string text = signed_text(checkpoint);
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, bytes_of(text).data(), text.size(),
                       bytes_of(secret_key_.reveal()).data());
  checkpoint.signature = hex(signature);
  return checkpoint;
}

bool is_signed_by(const AuditPublicKey& key, const storage::AuditCheckpoint& checkpoint) {
  std::array<std::uint8_t, crypto_sign_BYTES> signature{};
  std::size_t bytes = 0;
  if (sodium_hex2bin(signature.data(), signature.size(), checkpoint.signature.data(),
                     checkpoint.signature.size(), nullptr, &bytes, nullptr) != 0 ||
      bytes != signature.size()) {
    return false;
  }
  const std::string text = signed_text(checkpoint);
  return crypto_sign_verify_detached(signature.data(), bytes_of(text).data(), text.size(),
                                     key.data()) == 0;
}

bool CheckpointSchedule::update(MonotonicTime now, std::uint64_t end) {
  if (end <= covered_) return false;
  if (!uncovered_since_) uncovered_since_ = now;
  return end - covered_ >= rule_.entries || now - *uncovered_since_ >= rule_.age;
}

void CheckpointSchedule::written(std::uint64_t seq) {
  covered_ = seq;
  uncovered_since_.reset();
}

Result<std::optional<storage::AuditEntry>> Checkpointer::read_end() {
  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  storage::AuditQuery newest;
  newest.limit = 1;
  auto entries = (*transaction)->list_audit(newest);
  if (!entries) return std::unexpected(std::move(entries.error()));
  if (entries->empty()) return std::optional<storage::AuditEntry>();
  return std::optional(std::move(entries->front()));
}

Result<void> Checkpointer::load_schedule() {
  if (schedule_) return {};
  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Read);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  const auto checkpoints = (*transaction)->list_checkpoints();
  if (!checkpoints) return std::unexpected(checkpoints.error());
  covered_ = checkpoints->empty() ? 0 : checkpoints->back().seq;
  schedule_.emplace(rule_, covered_);
  return {};
}

Result<bool> Checkpointer::tick(MonotonicTime now, WallTime wall) {
  if (auto loaded = load_schedule(); !loaded) return std::unexpected(std::move(loaded.error()));
  const auto end = read_end();
  if (!end) return std::unexpected(end.error());
  if (!*end || !schedule_->update(now, (*end)->seq)) return false;
  return write(**end, wall);
}

Result<bool> Checkpointer::write_now(WallTime wall) {
  if (auto loaded = load_schedule(); !loaded) return std::unexpected(std::move(loaded.error()));
  const auto end = read_end();
  if (!end) return std::unexpected(end.error());
  if (!*end || (*end)->seq <= covered_) return false;
  return write(**end, wall);
}

Result<bool> Checkpointer::write(const storage::AuditEntry& end, WallTime wall) {
  const storage::AuditCheckpoint checkpoint = signer_.sign(end.seq, end.hash, wall);
  // The file first: it is what an intruder in the database cannot change.
  if (auto appended = file_.append(checkpoint); !appended) {
    return std::unexpected(std::move(appended.error()));
  }
  auto transaction = store_.begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  auto added = (*transaction)->add_checkpoint(checkpoint);
  if (added) added = (*transaction)->commit();
  // Another node may have written one for the same entry.
  if (!added && added.error().code != ErrorCode::AlreadyExists) {
    return std::unexpected(std::move(added.error()));
  }
  covered_ = end.seq;
  schedule_->written(end.seq);
  return true;
}

}  // namespace apiforge::auth
