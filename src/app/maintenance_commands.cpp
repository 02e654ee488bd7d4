#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands.hpp"
#include "app/operator_session.hpp"
#include "auth/audit/audit_log.hpp"
#include "auth/audit/audit_verify.hpp"
#include "storage/sql/backup.hpp"

namespace apiforge::app {
namespace {

int backup(const std::string& file) {
  Preparation preparation;
  if (const int status = prepare_settings({}, preparation); status != 0) return status;
  const auto done = storage::backup(sql_settings(preparation.loaded.settings.storage), file);
  if (!done) return print_error(done.error());
  std::cout << file
            << ": written. Keep a copy of the master key too; without it the secrets in "
               "the backup cannot be read.\n";
  return 0;
}

int restore(const std::string& file) {
  Preparation preparation;
  if (const int status = prepare_settings({}, preparation); status != 0) return status;
  const auto done = storage::restore(sql_settings(preparation.loaded.settings.storage), file);
  if (!done) return print_error(done.error());
  std::cout << file << ": restored; the database before lies beside it as *.before-restore\n";
  return 0;
}

/// Runs `change` in one transaction with its entry in the audit log.
template <class Change>
int change_in_transaction(std::string_view action, Change change) {
  int status = 0;
  const auto session = OperatorSession::open(status);
  if (!session) return status;
  auto transaction = session->begin(storage::Mode::Write);
  if (!transaction) return print_error(transaction.error());
  const auto done = change(*session, **transaction);
  if (!done) return print_error(done.error());
  auth::AuditEvent event;
  event.tenant = model::kPlatformTenant;
  event.actor = "cli";
  event.action = action;
  event.client = "local";
  const auto noted = auth::append_audit(**transaction, event, session->clock().wall());
  if (!noted) return print_error(noted.error());
  if (const auto stored = (*transaction)->commit(); !stored) return print_error(stored.error());
  std::cout << *done << '\n';
  return 0;
}

int rotate_vault() {
  return change_in_transaction(
      "vault.rotate",
      [](OperatorSession& session, storage::Transaction& transaction) -> Result<std::string> {
        const auto count = session.identity().vault().rotate(transaction);
        if (!count) return std::unexpected(count.error());
        return std::to_string(*count) +
               " data keys are now wrapped by the newest master key; the others can go";
      });
}

int rotate_token_keys() {
  return change_in_transaction(
      "token_keys.rotate",
      [](OperatorSession& session, storage::Transaction& transaction) -> Result<std::string> {
        const TokenSettings& tokens = session.settings().tokens;
        if (auth::is_symmetric(tokens.algorithm) && !tokens.secret_key.empty()) {
          return fail(ErrorCode::InvalidConfiguration,
                      "the key comes from JWT_SECRET_KEY: set a new one there, and the one before "
                      "as JWT_PREVIOUS_SECRET_KEY");
        }
        const auth::RotationTimes times{.longest_token = tokens.lifetime};
        const auto keys = auth::SigningKeyStore(session.identity().vault())
                              .rotate(transaction, tokens.algorithm, session.clock().wall(), times);
        if (!keys) return std::unexpected(keys.error());
        return "the new key signs in " + std::to_string(times.publish_ahead.count()) +
               " s, when it has been published for long enough";
      });
}

int verify_audit() {
  int status = 0;
  const auto session = OperatorSession::open(status);
  if (!session) return status;
  const auth::CheckpointFile file(checkpoint_path(session->settings().storage));
  const auto report = auth::verify_audit(
      session->identity().store(), session->identity().checkpoint_signer().public_key(), &file);
  if (!report) return print_error(report.error());
  std::cout << report->entries << " entries, " << report->checkpoints
            << " checkpoints, signed up to " << report->covered << '\n';
  if (report->ok) {
    std::cout << "the audit log is whole\n";
    return 0;
  }
  print_faults({"the audit log is broken at entry " + std::to_string(report->first_bad_seq) + ": " +
                report->reason});
  return kExitFailure;
}

/// A group of commands with one member, such as `vault rotate`.
void add_group(CLI::App& program, const char* group, const char* what, const char* name,
               int (*run)(), Command& chosen) {
  CLI::App* parent = program.add_subcommand(group, what);
  parent->require_subcommand(1);
  parent->add_subcommand(name, what)->callback([&chosen, run] { chosen = run; });
}

}  // namespace

void add_maintenance_commands(CLI::App& program, Command& chosen) {
  const auto file = std::make_shared<std::string>();
  CLI::App* backing_up = program.add_subcommand(
      "backup", "Copy the SQLite database to a file, also while a server runs");
  backing_up->add_option("file", *file)->required();
  backing_up->callback([&chosen, file] { chosen = [file] { return backup(*file); }; });
  CLI::App* restoring =
      program.add_subcommand("restore", "Put a backup in the place of the SQLite database");
  restoring->add_option("file", *file)->required();
  restoring->callback([&chosen, file] { chosen = [file] { return restore(*file); }; });
  add_group(program, "vault", "Wrap the data keys with the newest master key", "rotate",
            rotate_vault, chosen);
  add_group(program, "token-keys", "Make a new key that signs access tokens", "rotate",
            rotate_token_keys, chosen);
  add_group(program, "audit", "Check that no entry of the audit log was altered or is missing",
            "verify", verify_audit, chosen);
}

}  // namespace apiforge::app
