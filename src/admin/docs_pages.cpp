#include "admin/docs_pages.hpp"

#include <algorithm>
#include <array>

#include "admin/detail/reply.hpp"
#include "admin/embedded_assets.hpp"
#include "base/text.hpp"

namespace apiforge::admin {
namespace {

constexpr std::array<std::string_view, 2> kPages{"/docs", "/redoc"};
// Both programs make style elements; ReDoc searches in a worker that it makes from a blob.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' "
    "data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

/// Calls `visit` with each element of a list of tokens (RFC 9110 5.6.1), without parameters.
template <class Visit>
bool any_element(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (visit(trim(list.substr(0, comma)))) return true;
    list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
  }
  return false;
}

/// RFC 9110 12.5.3; a weight of 0 is a refusal.
bool takes_gzip(const ControlRequest& request) {
  return any_element(request.field("Accept-Encoding").value_or(""), [](std::string_view element) {
    const auto semicolon = element.find(';');
    const std::string_view weight =
        semicolon == std::string_view::npos ? "" : trim(element.substr(semicolon + 1));
    const bool refused =
        weight.starts_with("q=0") && weight.find_first_of("123456789") == weight.npos;
    return equals_ignoring_case(trim(element.substr(0, semicolon)), "gzip") && !refused;
  });
}

/// RFC 9110 13.1.2: weakly compared, so that a proxy may have weakened the tag.
bool has_already(const ControlRequest& request, std::string_view etag) {
  return any_element(request.field("If-None-Match").value_or(""), [&](std::string_view element) {
    if (element.starts_with("W/")) element.remove_prefix(2);
    return element == "*" || element == etag;
  });
}

const EmbeddedAsset* find_asset(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto assets = embedded_assets();
  const auto found = std::ranges::find(assets, path, &EmbeddedAsset::path);
  return found == assets.end() ? nullptr : &*found;
}

}  // namespace

bool is_docs_path(std::string_view path) {
  return std::ranges::any_of(kPages, [&](std::string_view page) {
    return path.starts_with(page) && (path.size() == page.size() || path[page.size()] == '/');
  });
}

ControlReply answer_docs(const ControlRequest& request) {
  const EmbeddedAsset* asset = find_asset(request.path);
  if (asset == nullptr) {
    return problem_reply(request, {ErrorCode::NotFound, "there is nothing at this path", {}});
  }
  if (request.method != net::Method::Get && request.method != net::Method::Head) {
    auto reply =
        problem_reply(request, {ErrorCode::MethodNotAllowed, "allowed here: GET, HEAD", {}});
    reply.fields.emplace_back("Allow", "GET, HEAD");
    return reply;
  }
  const bool compressed = takes_gzip(request);
  const std::string etag =
      std::string(1, '"').append(asset->digest()).append(compressed ? "-gzip\"" : "\"");
  ControlReply reply;
  reply.content_type = asset->content_type();
  reply.fields = {{"ETag", etag},
                  {"Vary", "Accept-Encoding"},
                  {"Cache-Control", "no-cache"},  // asked again with If-None-Match: updates show
                  {"Content-Security-Policy", std::string(kContentSecurityPolicy)},
                  {"X-Content-Type-Options", "nosniff"},
                  {"Referrer-Policy", "no-referrer"}};
  if (has_already(request, etag)) {
    reply.status = 304;
    return reply;
  }
  if (compressed) reply.fields.emplace_back("Content-Encoding", "gzip");
  reply.body = compressed ? std::string(asset->gzip()) : asset->inflate();
  return reply;
}

}  // namespace apiforge::admin
