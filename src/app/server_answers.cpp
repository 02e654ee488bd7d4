// What a Server answers itself, and what can be seen of it.
#include <algorithm>

#include "app/active_apis.hpp"
#include "app/server.hpp"
#include "app/settings_table.hpp"
#include "app/version.hpp"
#include "base/problem.hpp"
#include "gateway/limit_readings.hpp"
#include "net/hop.hpp"

namespace apiforge::app {

bool Server::owns(std::string_view path) const {
  return admin::SystemEndpoints::owns(path) || admin::ControlApi::owns(path);
}

net::Task<gateway::LocalReply> Server::answer(gateway::LocalRequest request) {
  return admin::SystemEndpoints::owns(request.path) ? answer_for_system(std::move(request))
                                                    : answer_for_control(std::move(request));
}

net::Task<gateway::LocalReply> Server::answer_for_system(gateway::LocalRequest request) {
  const auto work = [this, &request] { return endpoints_.answer(request.method, request.path); };
  auto reply = co_await net::run_on(control_, current_loop(), work);
  gateway::LocalReply local{.status = reply.status,
                            .content_type = std::move(reply.content_type),
                            .fields = {},
                            .body = std::move(reply.body),
                            .is_of_probe = reply.allow.empty()};
  if (!reply.allow.empty()) local.fields.emplace_back("Allow", std::move(reply.allow));
  co_return local;
}

net::Task<gateway::LocalReply> Server::answer_for_control(gateway::LocalRequest request) {
  admin::ControlRequest asked{.method = request.method,
                              .path = std::move(request.path),
                              .query = std::move(request.query),
                              .fields = std::move(request.fields),
                              .body = std::move(request.body),
                              .client = std::move(request.client),
                              .request_id = std::move(request.request_id),
                              .is_tls = request.is_tls,
                              .caller = std::move(request.caller),
                              .refusal = std::move(request.refusal)};
  const auto work = [this, &asked] {
    auto reply = control_plane_->api().handle(asked);
    log_failure(asked, reply);
    return reply;
  };
  auto reply = co_await net::run_on(control_plane_->pool(), current_loop(), work);
  if (!reply) {
    co_return gateway::LocalReply{.status = reply.error().info().status,
                                  .content_type = std::string(kProblemType),
                                  .fields = {{"Retry-After", "1"}},
                                  .body = problem_body(reply.error(), asked.request_id)};
  }
  co_return gateway::LocalReply{.status = reply->status,
                                .content_type = std::move(reply->content_type),
                                .fields = std::move(reply->fields),
                                .body = std::move(reply->body)};
}

// Why the gateway failed is told to operators only.
void Server::log_failure(const admin::ControlRequest& request, const admin::ControlReply& reply) {
  if (reply.status < 500 || !reply.error) return;
  log_->error("a control request failed", {{"request_id", request.request_id},
                                           {"path", request.path},
                                           {"error", reply.error->info().name},
                                           {"detail", reply.error->detail},
                                           {"context", reply.error->context}});
}

void Server::log_health_change(const gateway::HealthChange& change) {
  const auto level = change.up ? observe::LogLevel::Info : observe::LogLevel::Warning;
  log_->write(level, change.up ? "an endpoint is up" : "an endpoint is down",
              {{"api", change.api},
               {"version", change.version},
               {"endpoint", change.url},
               {"reason", change.reason}});
  outlets_->bus().publish({.type = events::EventType::EndpointChanged,
                           .at = clock_.wall(),
                           .tenant = events::event_tenant(change.tenant),
                           .members = {{"api", std::string(change.api)},
                                       {"version", std::string(change.version)},
                                       {"endpoint", std::string(change.url)},
                                       {"state", change.up ? "up" : "down"},
                                       {"reason", change.reason}}});
}

net::EventLoop& Server::current_loop() {
  const auto here = std::ranges::find_if(
      workers_, [](const auto& worker) { return worker->loop().is_current(); });
  return (*here)->loop();
}

observe::HealthReport Server::health_of_process() const {
  observe::HealthReport report;
  report.version = kVersion;
  report.environment = environment_name(settings_.process.environment);
  report.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - started_);
  return report;
}

observe::HealthReport Server::health() const {
  using observe::HealthStatus;
  observe::HealthReport report = health_of_process();
  report.components.push_back(
      {.name = "configuration",
       .status = last_reload_failed_ ? HealthStatus::Degraded : HealthStatus::Ok,
       .detail = last_reload_failed_ ? "the file was refused; see the log" : "",
       .latency = {}});
  report.components.push_back(control_plane_->database_health());
  report.components.push_back(quota_plane_->health());
  report.components.push_back(outlets_->health());
  auto upstreams = upstream_health(*snapshots_->current());
  upstreams.required = false;  // no reason to take the calls of the other Apis from this node
  report.components.push_back(std::move(upstreams));
  report.components.push_back(control_plane_->disk_health());
  if (auto issuers = control_plane_->issuer_keys().health()) {
    report.components.push_back(*std::move(issuers));
  }
  return report;
}

bool Server::is_ready() const {
  return !draining_ && control_plane_->issuer_keys().were_asked();
}

void Server::add_readings(std::vector<observe::ExtraReading>& readings) const {
  const auto snapshot = snapshots_->current();
  readings.push_back({"apiforge_configuration_revision",
                      "Revision of the configuration in force.",
                      {},
                      static_cast<double>(snapshot->revision)});
  readings.push_back({"apiforge_configuration_refused",
                      "1 while the file on disk is not the configuration in force.",
                      {},
                      last_reload_failed_ ? 1.0 : 0.0});
  add_usage(*snapshot, readings);
  gateway::append_limit_readings(*snapshot, readings);
  gateway::append_breaker_readings(*snapshot, clock_.now(), readings);
  quota_plane_->add_readings(readings);
  outlets_->add_readings(readings);
  alerts_->add_readings(readings);
}

}  // namespace apiforge::app
