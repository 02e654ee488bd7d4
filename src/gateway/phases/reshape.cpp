#include "gateway/phases/reshape.hpp"

#include <algorithm>
#include <utility>

#include "gateway/phases/call_values.hpp"
#include "gateway/phases/json_body.hpp"
#include "net/field_names.hpp"

namespace apiforge::gateway::phases {
namespace {

using policy::HeaderField;

constexpr int kPartialContent = 206;
constexpr int kNotModified = 304;

bool changes_bodies(const Call& call) {
  const auto& transform = call.config().reshape;
  return transform && transform->changes_body();
}

bool has_no_body(const Call& call, int status) {
  return call.request().method == net::Method::Head || status < 200 || status == 204 ||
         status == kNotModified;
}

template <class Fields>
Result<bool> reshapes(const Call& call, int status, const Fields& fields) {
  if (!changes_bodies(call) || has_no_body(call, status)) return false;
  const JsonBody kind = json_body_of(fields);
  if (kind == JsonBody::No) return false;
  if (kind == JsonBody::Unclear) {
    return fail(ErrorCode::TransformFailed, "the reply has several Content-Type fields");
  }
  if (kind == JsonBody::Encoded || status == kPartialContent) {
    return fail(ErrorCode::TransformFailed,
                "the reply is compressed or a part only, though the upstream was asked for all of "
                "it without a coding");
  }
  return true;
}

/// Whether the fields are of a representation whose body is changed where it is sent: it may be a
/// reply to HEAD, or a 304, which need not have a Content-Type.
bool is_of_changed_body(const Call& call, int status, const std::vector<HeaderField>& fields) {
  if (!changes_bodies(call)) return false;
  const bool has_type = std::ranges::any_of(fields, [](const HeaderField& field) {
    return equals_ignoring_case(field.name, "content-type");
  });
  return json_body_of(fields) == JsonBody::Yes || (status == kNotModified && !has_type);
}

/// What the upstream said of its own bytes is not said of others.
void correct_for_changed_body(std::vector<HeaderField>& fields, std::string& etag) {
  bool has_etag = false;
  std::erase_if(fields, [&](const HeaderField& field) {
    if (equals_ignoring_case(field.name, "etag")) return std::exchange(has_etag, true);
    return describes_bytes(field.name) || equals_ignoring_case(field.name, "content-length");
  });
  for (HeaderField& field : fields) {
    if (!equals_ignoring_case(field.name, "etag")) continue;
    etag = weak_etag(field.value);
    field.value = etag;
  }
}

/// `values` has views of `fields`, which are changed once all texts are made.
Result<void> change(const Call& call, int status, std::vector<HeaderField>& fields,
                    FieldTexts& texts) {
  const bool of_changed_body = is_of_changed_body(call, status, fields);
  const CallValues values(call, status, fields);
  auto done = call.config().reshape->edit_fields(fields, values, texts.values);
  if (done && of_changed_body) correct_for_changed_body(fields, texts.etag);
  return done;
}

template <class Fields>
std::vector<HeaderField> views_of(const Fields& fields) {
  std::vector<HeaderField> views;
  views.reserve(fields.size() + 4);
  for (const auto& field : fields) views.push_back({field.name, field.value});
  return views;
}

}  // namespace

Result<bool> reshapes_body(const Call& call, const net::ResponseHead& head) {
  return reshapes(call, head.status, head.fields);
}

Result<bool> reshapes_body(const Call& call, const WholeReply& reply) {
  return reshapes(call, reply.status, reply.fields);
}

Result<void> reshape(const Call& call, WholeReply& reply) {
  const auto& transform = call.config().reshape;
  if (!transform) return {};
  const auto with_body = reshapes_body(call, reply);
  if (!with_body) return std::unexpected(with_body.error());

  std::vector<HeaderField> fields = views_of(reply.fields);
  if (*with_body && !reply.body.empty()) {
    const CallValues values(call, reply.status, fields);
    auto body =
        transform->edit_body(reply.body, values, call.config().config.transform.max_body_bytes);
    if (!body) return std::unexpected(std::move(body.error()));
    if (*body) reply.body = std::move(**body);
  }
  FieldTexts texts;
  if (auto done = change(call, reply.status, fields, texts); !done) return done;
  std::vector<OwnedField> changed;
  changed.reserve(fields.size());
  for (const HeaderField& field : fields) {
    changed.push_back({std::string(field.name), std::string(field.value)});
  }
  reply.fields = std::move(changed);
  return {};
}

Result<void> reshape_fields(const Call& call, int status, std::vector<net::Field>& fields,
                            FieldTexts& texts) {
  if (!call.config().reshape) return {};
  std::vector<HeaderField> views = views_of(fields);
  if (auto done = change(call, status, views, texts); !done) return done;
  fields.clear();
  for (const HeaderField& view : views) {
    fields.push_back({view.name, view.value, net::field_id(view.name)});
  }
  return {};
}

}  // namespace apiforge::gateway::phases
