#include <algorithm>

#include "gateway/phases/phases.hpp"
#include "policy/hash.hpp"

namespace apiforge::gateway::phases {
namespace {

std::string_view find_header(const void* context, std::string_view name) {
  return net::find_field(static_cast<const net::RequestHead*>(context)->fields, name);
}

// In an envelope the field belongs to the request around it.
std::string_view version_field(const Call& call) {
  const net::Field* field =
      net::find_field(call.exchange->request().fields, net::FieldId::XApiVersion);
  return field ? field->value : std::string_view();
}

std::uint32_t choose_by_weight(const Call& call, WorkerContext& worker,
                               const WeightedVersions& versions) {
  const std::uint64_t hash = policy::hash_pair(caller_hash(call, worker), versions.salt);
  return versions.apis[versions.choice.choose(hash)];
}

/// The version that a caller named, or by weights, or the default; kNone when there is none. Who
/// may not know the Api does not hear that it lacks a version: `authorize` tells.
std::uint32_t choose_version(Call& call, WorkerContext& worker, const VersionGroup& group,
                             std::string_view wanted, std::uint32_t otherwise,
                             std::uint32_t choice) {
  const Snapshot& snapshot = worker.view.snapshot();
  if (wanted.empty()) {
    if (choice != kNone) return choose_by_weight(call, worker, snapshot.choices[choice]);
    if (otherwise != kNone) return otherwise;
  }
  const std::uint32_t found = wanted.empty() ? kNone : snapshot.find_version(group, wanted);
  call.version_missing = found == kNone;
  return call.version_missing ? group.versions.front() : found;
}

/// The Api that the path of an envelope names.
std::uint32_t match_name(Call& call, WorkerContext& worker) {
  const VersionGroup* group = worker.view.snapshot().find_group(call.wanted_api);
  if (!group) {
    call.error = unknown_api(call);
    return kNone;
  }
  const std::string_view wanted =
      call.wanted_version.empty() ? version_field(call) : std::string_view(call.wanted_version);
  call.prefix_length = 0;
  return choose_version(call, worker, *group, wanted, group->default_version, group->choice);
}

std::uint32_t match_route(Call& call, WorkerContext& worker) {
  const net::RequestHead& request = call.request();
  const Snapshot& snapshot = worker.view.snapshot();
  const policy::RouteResult result = snapshot.routes->match({.host = call.host,
                                                             .path = call.target.path,
                                                             .method = request.method_text,
                                                             .headers = {find_header, &request}});
  if (!result.match) {
    if (result.allowed_methods != 0) {
      call.allow = snapshot.routes->allow(result.allowed_methods);
      call.error = Error{ErrorCode::MethodNotAllowed, "allowed here: " + call.allow, {}};
    } else {
      call.error = unknown_api(call);
    }
    return kNone;
  }
  call.prefix_length = result.match->strip_prefix ? result.match->prefix_length : 0;
  const RouteTarget& target = snapshot.targets[result.match->value];
  if (target.pinned) return target.api;
  return choose_version(call, worker, snapshot.groups[target.group], version_field(call),
                        target.api, target.choice);
}

Step too_large(Call& call, std::uint64_t bytes) {
  call.error = Error{ErrorCode::BodyTooLarge,
                     "the body has " + std::to_string(bytes) + " bytes; allowed are " +
                         std::to_string(call.max_body_bytes) + " (max_body_bytes, MAX_BODY_BYTES)",
                     {}};
  return Step::Fail;
}

}  // namespace

Error unknown_api(const Call& call) {
  if (call.face == Face::Envelope) {
    return {ErrorCode::NotFound, "there is no API of this name", {}};
  }
  return {ErrorCode::RouteNotFound, "no route matches this host, path, method and headers", {}};
}

Step match(Call& call, WorkerContext& worker) {
  const std::uint32_t index =
      call.face == Face::Envelope ? match_name(call, worker) : match_route(call, worker);
  if (index == kNone) return Step::Fail;
  call.api = worker.view.runtime(index);
  call.max_body_bytes =
      std::min(call.config().config.max_body_bytes, worker.settings.max_body_bytes);
  const net::RequestHead& request = call.request();
  const bool known = request.framing == net::BodyFraming::Length;
  if (known && request.content_length > call.max_body_bytes) {
    return too_large(call, request.content_length);
  }
  return Step::GoOn;
}

}  // namespace apiforge::gateway::phases
