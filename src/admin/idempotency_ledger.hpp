// IdempotencyLedger: makes a creating request with an `Idempotency-Key` happen once in 24 h,
// however often it is sent. Before the request is carried out it is noted in the store; afterwards
// its reply is, sealed, as it may show a secret for the only time. Stateless; any thread of the
// blocking pool.
//
// When a process dies in between, nobody knows whether the request took effect. It is not carried
// out a second time: repeats are told RequestInProgress, until the note has expired.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "admin/control_request.hpp"
#include "auth/credential_digest.hpp"
#include "auth/vault/vault.hpp"
#include "base/clock.hpp"
#include "storage/store.hpp"

namespace apiforge::admin {

inline constexpr std::chrono::hours kIdempotencyLifetime{24};

class IdempotencyLedger {
 public:
  /// All must outlive the ledger.
  IdempotencyLedger(storage::Store& store, const auth::Vault& vault,
                    const auth::CredentialHasher& hasher, const Clock& clock)
      : store_(store), vault_(vault), hasher_(hasher), clock_(clock) {}

  /// The right to carry a request out, or the reply that it had.
  struct Claim {
    storage::Record note;
    std::optional<ControlReply> reply;
  };
  /// RequestInProgress when another one with this key is under way, IdempotencyKeyReused when it
  /// was another request: other query or body. Keys of different callers (null: anonymous), methods
  /// or paths have nothing to do with each other.
  Result<Claim> claim(const ControlRequest& request, const auth::Caller* caller,
                      std::string_view key) const;
  /// Keeps the reply for repeats.
  Result<void> complete(Claim& claim, const ControlReply& reply) const;
  /// The request was refused: a repeat is carried out anew.
  Result<void> release(const Claim& claim) const;

  /// Forgets what expired; to be called hourly. Says how many.
  Result<std::size_t> purge_expired() const;

 private:
  Result<ControlReply> open_reply(storage::Transaction& transaction, const storage::Record& note,
                                  std::string_view sealed) const;

  storage::Store& store_;
  const auth::Vault& vault_;
  const auth::CredentialHasher& hasher_;
  const Clock& clock_;
};

}  // namespace apiforge::admin
