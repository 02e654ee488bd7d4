#include "admin/detail/reply.hpp"

#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "auth/accounts/login_guard.hpp"
#include "base/rfc3339.hpp"

namespace apiforge::admin {
namespace {

std::string etag(std::uint64_t revision) {
  return '"' + std::to_string(revision) + '"';
}

/// Whole seconds, rounded up; nullopt when trying again later is no advice.
std::optional<std::int64_t> seconds_to_wait(const Error& error) {
  if (const auto wait = auth::accounts::retry_after(error)) {
    return std::chrono::ceil<std::chrono::seconds>(*wait).count();
  }
  const bool later = error.info().status == 503 || error.code == ErrorCode::RequestInProgress;
  return later ? std::optional<std::int64_t>(1) : std::nullopt;
}

/// As boost::json::serialize, but that numbers look as people write them: it makes 1.5E0 of 1.5.
void append_json(std::string& out, const boost::json::value& value) {
  if (const auto* object = value.if_object()) {
    char before = '{';
    for (const auto& member : *object) {
      out.append(1, before).append(boost::json::serialize(member.key())).append(1, ':');
      append_json(out, member.value());
      before = ',';
    }
    out.append(object->empty() ? "{}" : "}");
  } else if (const auto* array = value.if_array()) {
    char before = '[';
    for (const auto& element : *array) {
      out.append(1, before);
      append_json(out, element);
      before = ',';
    }
    out.append(array->empty() ? "[]" : "]");
  } else if (const auto* number = value.if_double()) {
    std::array<char, 32> text;  // the longest has 24 characters
    out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), *number).ptr);
  } else {
    out += boost::json::serialize(value);
  }
}

}  // namespace

ControlReply reply_with(const boost::json::object& value) {
  ControlReply reply;
  append_json(reply.body, value);
  reply.body += '\n';
  return reply;
}

ControlReply reply_with(const boost::json::object& resource, std::uint64_t revision) {
  ControlReply reply = reply_with(resource);
  reply.fields.emplace_back("ETag", etag(revision));
  return reply;
}

ControlReply created(const boost::json::object& resource, std::uint64_t revision,
                     std::string_view location) {
  ControlReply reply = reply_with(resource, revision);
  reply.status = 201;
  reply.fields.emplace_back("Location", location);
  return reply;
}

ControlReply no_content() {
  ControlReply reply;
  reply.status = 204;
  reply.content_type.clear();
  return reply;
}

ControlReply list_reply(boost::json::array items, std::string_view next_cursor) {
  boost::json::object list;
  list["items"] = std::move(items);
  if (next_cursor.empty()) {
    list["next_cursor"] = nullptr;
  } else {
    list["next_cursor"] = next_cursor;
  }
  return reply_with(list);
}

boost::json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? boost::json::value(format_rfc3339(*time)) : boost::json::value(nullptr);
}

boost::json::array text_array(std::span<const std::string> texts) {
  boost::json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

ControlReply problem_reply(const ControlRequest& request, Error error,
                           std::span<const BodyFault> faults) {
  ControlReply reply;
  reply.status = error.info().status;
  reply.content_type = kProblemType;
  if (reply.status == 401) {
    // RFC 6750 3: without a credential no error code.
    const bool refused = request.field("Authorization") && request.refusal;
    reply.fields.emplace_back("WWW-Authenticate",
                              refused ? R"(Bearer realm="apiforge", error="invalid_token")"
                                      : R"(Bearer realm="apiforge")");
  }
  if (const auto seconds = seconds_to_wait(error)) {
    reply.fields.emplace_back("Retry-After", std::to_string(*seconds));
  }
  reply.body = problem_body(error, request.request_id, faults);
  reply.error = std::move(error);
  return reply;
}

}  // namespace apiforge::admin
