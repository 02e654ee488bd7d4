#include "app/control_plane.hpp"

#include <algorithm>
#include <iterator>

#include "app/active_apis.hpp"
#include "app/address_rule.hpp"
#include "app/compile_check.hpp"
#include "auth/audit/audit_verify.hpp"
#include "quota/ledger.hpp"

namespace apiforge::app {
namespace {

constexpr unsigned kThreads = 8;
constexpr std::size_t kMaxWaiting = 256;
/// Within two seconds a change made by another node must be in force here.
constexpr std::chrono::milliseconds kHouseKeeping{500};
constexpr std::chrono::minutes kPurge{60};
constexpr std::chrono::seconds kKeyRefresh{30};
/// More between two writes are forgotten: they are a hint.
constexpr std::size_t kMaxKeyUses = 1 << 20;
/// Of the verifiers, whose clocks may differ.
constexpr std::chrono::seconds kTokenLeeway{60};

}  // namespace

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(Needs needs) {
  auto identity = Identity::open(needs.settings, needs.clock);
  if (!identity) return std::unexpected(identity.error());
  if (auto made = (*identity)->ensure_administrator(); !made) return std::unexpected(made.error());
  std::unique_ptr<ControlPlane> plane(new ControlPlane(std::move(needs), *std::move(identity)));
  if (auto made = plane->make_api(); !made) return std::unexpected(made.error());
  if (auto read = plane->catch_up(); !read) return std::unexpected(read.error());
  if (auto known = plane->identity_->accounts().sessions.remember_networks(); !known) {
    return std::unexpected(known.error());
  }
  return plane;
}

ControlPlane::ControlPlane(Needs needs, std::unique_ptr<Identity> identity)
    : needs_(std::move(needs)),
      identity_(std::move(identity)),
      issuer_keys_({.control = needs_.control,
                    .network = needs_.settings.network,
                    .log = needs_.log,
                    .publish =
                        [this](auto external) {
                          identity_->token_keys().accept(std::move(external));
                          publish_trust();
                        }}),
      feed_(identity_->store(), needs_.clock, needs_.settings.tokens.lifetime + kTokenLeeway,
            needs_.publish_directory),
      inventory_([this] { return needs_.snapshots.declared(); },
                 [this](const Error& error) { note("a record of the catalogue", error); }),
      catalogue_(catalogue_ports()),
      catalogue_feed_(
          identity_->store(), identity_->vault(), inventory_,
          [this](auto stored) { needs_.snapshots.store(std::move(stored)); },
          [this](const Error& error) { note("a record of the catalogue", error); }),
      refusals_(needs_.settings.process.workers),
      checkpointer_(identity_->store(), identity_->checkpoint_signer(),
                    auth::CheckpointFile(checkpoint_path(needs_.settings.storage))),
      database_health_{
          .name = "database", .status = observe::HealthStatus::Ok, .detail = {}, .latency = {}},
      written_folders_(written_folders(needs_.settings)),
      disk_health_(health_of_disk(measure(written_folders_))),
      pool_(kThreads, kMaxWaiting) {}

ControlPlane::~ControlPlane() = default;

Result<void> ControlPlane::make_api() {
  auto api = admin::ControlApi::make(
      {.accounts = identity_->accounts(),
       .vault = identity_->vault(),
       .catalogue = catalogue_,
       .publish = [this] { return publish_change(); },
       .jwks = [this] { return identity_->token_keys().jwks(); },
       .auth_health =
           [this] {
             observe::HealthReport report = needs_.health_of_process();
             report.components.push_back(database_health());
             return report;
           },
       .verify_audit =
           [this] {
             const auth::CheckpointFile file(checkpoint_path(needs_.settings.storage));
             return auth::verify_audit(identity_->store(),
                                       identity_->checkpoint_signer().public_key(), &file);
           },
       .gateway_health = [this] { return gateway_health(); },
       .calls = [this] { return needs_.metrics.read_calls(); },
       .active_apis = [this] { return active_apis(*needs_.snapshots.current()); },
       .active_versions =
           [this](std::string_view name) {
             return active_versions(*needs_.snapshots.current(), name);
           },
       .quota = needs_.quota});
  if (!api) return std::unexpected(api.error());
  api_ = *std::move(api);
  return {};
}

observe::HealthReport ControlPlane::gateway_health() const {
  using observe::HealthStatus;
  observe::HealthReport report = needs_.health_of_process();
  report.components.push_back(upstream_health(*needs_.snapshots.current()));
  const std::size_t left_out = needs_.snapshots.left_out();
  report.components.push_back(
      {.name = "catalogue",
       .status = left_out == 0 ? HealthStatus::Ok : HealthStatus::Degraded,
       .detail =
           left_out == 0 ? "" : std::to_string(left_out) + " APIs are not served; see the log",
       .latency = {}});
  return report;
}

catalogue::Ports ControlPlane::catalogue_ports() {
  std::vector<std::string> connectors;
  for (const auto& connector : needs_.connectors) connectors.emplace_back(connector.name);
  return {.accounts = identity_->accounts().ports,
          .vault = identity_->vault(),
          .inventory = inventory_,
          .connectors = std::move(connectors),
          .check_address =
              [this](const model::UpstreamUrl& url) {
                return check_endpoint(needs_.settings.network, url);
              },
          .check_compiles =
              [this](const model::Api& api) {
                return compile_check(api, catalogue_feed_.current()->credentials,
                                     needs_.connectors);
              }};
}

Result<void> ControlPlane::catch_up() {
  if (auto done = feed_.catch_up(); !done) return done;
  return catalogue_feed_.catch_up();
}

Result<void> ControlPlane::publish_change() {
  auto done = catch_up();
  if (done) needs_.announce_change(needs_.snapshots.current()->revision);
  return done;
}

void ControlPlane::look_for_changes() {
  const auto look = [this] {
    if (auto done = catch_up(); !done) note("changes of other nodes", done.error());
  };
  pool_.post(look);  // when it takes no more, the next round of housekeeping looks
}

void ControlPlane::trust_issuers(const std::vector<model::TrustedIssuer>& issuers) {
  issuer_keys_.configure(issuers);
}

void ControlPlane::start() {
  issuer_keys_.start();
  net::spawn(keep_house());
}

void ControlPlane::stop() {
  stopping_ = true;
  issuer_keys_.stop();
  pool_.stop();
  tend_audit();
  if (auto written = checkpointer_.write_now(needs_.clock.wall()); !written) {
    note("the audit log's last checkpoint", written.error());
  }
}

observe::ComponentHealth ControlPlane::database_health() const {
  const std::lock_guard lock(health_mutex_);
  return database_health_;
}

observe::ComponentHealth ControlPlane::disk_health() const {
  const std::lock_guard lock(health_mutex_);
  return disk_health_;
}

net::Task<void> ControlPlane::keep_house() {
  while (!stopping_) {
    co_await needs_.control.sleep_until(needs_.clock.now() + kHouseKeeping);
    if (stopping_) co_return;
    const auto work = [this] {
      tend();
      return true;
    };
    const auto done = co_await net::run_on(pool_, needs_.control, work);
    if (!done && !stopping_) note("housekeeping", done.error());
  }
}

void ControlPlane::tend() {
  const MonotonicTime now = needs_.clock.now();
  look_at_database();
  look_at_disk();
  const auto caught_up = catch_up();
  if (!caught_up) {
    if (!was_failing_) note("identities of other nodes", caught_up.error());
    was_failing_ = true;
    return;  // nothing below can work
  }
  if (was_failing_) needs_.log.info("the database answers again");
  was_failing_ = false;
  tend_audit();
  tend_key_uses();
  if (now >= next_key_refresh_) {
    next_key_refresh_ = now + kKeyRefresh;
    tend_tokens();
  }
  if (now >= next_purge_) {
    next_purge_ = now + kPurge;
    const auto sessions = identity_->accounts().sessions.purge_expired();
    if (!sessions) note("forgetting expired sessions", sessions.error());
    const auto replies = api_->purge_expired();
    if (!replies) note("forgetting kept replies", replies.error());
    const auto usage = quota::forget_old_usage(identity_->store(), needs_.clock.wall());
    if (!usage) note("forgetting the usage of old periods", usage.error());
  }
}

void ControlPlane::tend_audit() {
  const auto drained = refusals_.drain(identity_->store(), needs_.clock.wall());
  if (!drained) note("refused accesses", drained.error());
  const auto written = checkpointer_.tick(needs_.clock.now(), needs_.clock.wall());
  if (!written) note("checkpoint of the audit log", written.error());
}

Result<void> ControlPlane::note_order(std::string_view actor, auth::accounts::Deed deed) {
  auth::Caller caller;
  caller.tenant.value = model::kPlatformTenant;
  caller.label = actor;
  const auto& ports = identity_->accounts().ports;
  return auth::accounts::change_in(ports, {.caller = &caller}, storage::Scope::platform(), deed,
                                   auth::accounts::change_nothing);
}

void ControlPlane::note_key_uses(std::vector<auth::KeyUse> uses) {
  const std::lock_guard lock(key_uses_mutex_);
  if (key_uses_.size() + uses.size() > kMaxKeyUses) return;
  std::ranges::move(uses, std::back_inserter(key_uses_));
}

void ControlPlane::tend_key_uses() {
  std::vector<auth::KeyUse> uses;
  {
    const std::lock_guard lock(key_uses_mutex_);
    uses.swap(key_uses_);
  }
  if (uses.empty()) return;
  auto transaction = identity_->store().begin(storage::Scope::platform(), storage::Mode::Write);
  if (!transaction) return;  // the next ones will tell
  auto done = (*transaction)->note_last_use(uses);
  if (done) done = (*transaction)->commit();
  if (!done) note("when keys were used", done.error());
}

void ControlPlane::tend_tokens() {
  const auto changed = identity_->token_keys().refresh();
  if (!changed) {
    note("keys of access tokens", changed.error());
    return;
  }
  if (*changed) publish_trust();
}

void ControlPlane::publish_trust() {
  const std::lock_guard lock(trust_mutex_);
  needs_.publish_trust(identity_->token_keys().trust());
}

void ControlPlane::look_at_database() {
  const MonotonicTime before = needs_.clock.now();
  const storage::StoreHealth health = identity_->store().health();
  const auto latency = needs_.clock.now() - before;
  const auto status = health.ok ? observe::HealthStatus::Ok : observe::HealthStatus::Down;
  const std::lock_guard lock(health_mutex_);
  if (status != database_health_.status) needs_.store_turned(health.ok);
  database_health_.status = status;
  database_health_.detail = health.detail;
  database_health_.latency = std::chrono::duration_cast<std::chrono::microseconds>(latency);
}

void ControlPlane::look_at_disk() {
  auto health = health_of_disk(measure(written_folders_));
  const std::lock_guard lock(health_mutex_);
  disk_health_ = std::move(health);
}

void ControlPlane::note(std::string_view what, const Error& error) {
  std::string text = std::string(what) + ": " + error.detail;
  if (!error.context.empty()) text += " (" + error.context + ")";
  needs_.log.error(text);
}

}  // namespace apiforge::app
