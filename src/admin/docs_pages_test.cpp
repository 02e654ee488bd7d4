#include "admin/docs_pages.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "admin/embedded_assets.hpp"

namespace apiforge::admin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ControlReply get(std::string path, Fields fields = {}, net::Method method = net::Method::Get) {
  ControlRequest request;
  request.method = method;
  request.path = std::move(path);
  request.fields = std::move(fields);
  return answer_docs(request);
}

std::string page_field(const ControlReply& reply, std::string_view name) {
  const auto found =
      std::ranges::find(reply.fields, name, [](const auto& each) { return each.first; });
  return found == reply.fields.end() ? "" : found->second;
}

TEST(DocsPages, are_swagger_ui_and_redoc) {
  const auto docs = get("/docs");
  EXPECT_EQ(docs.status, 200);
  EXPECT_EQ(docs.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(docs.body, HasSubstr("swagger-ui-bundle.js"));
  EXPECT_THAT(get("/redoc").body, HasSubstr("redoc.standalone.js"));
  EXPECT_EQ(get("/docs/").body, docs.body);
  EXPECT_THAT(get("/docs/NOTICE.txt").body, HasSubstr("Apache License"));
}

// A page with a script or a style of its own would need a weaker policy; one that names another
// server would not work without the internet.
TEST(DocsPages, load_nothing_from_elsewhere) {
  for (const char* page : {"/docs", "/redoc"}) {
    const auto reply = get(page);
    EXPECT_THAT(page_field(reply, "Content-Security-Policy"), HasSubstr("script-src 'self';"));
    EXPECT_EQ(page_field(reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(reply.body.find("://"), std::string::npos);
    EXPECT_EQ(reply.body.find("<script>"), std::string::npos);
    std::size_t at = 0;
    while ((at = reply.body.find("=\"/", at)) != std::string::npos) {
      at += 2;
      const std::string path = reply.body.substr(at, reply.body.find('"', at) - at);
      EXPECT_EQ(get(path).status, 200) << path;
    }
  }
}

TEST(DocsPages, are_compressed_for_those_who_take_it) {
  const auto plain = get("/docs/swagger-ui.css", {{"Accept-Encoding", "br, gzip;q=0"}});
  const auto compressed = get("/docs/swagger-ui.css", {{"Accept-Encoding", "br, GZIP;q=0.5"}});
  EXPECT_EQ(page_field(plain, "Content-Encoding"), "");
  EXPECT_EQ(page_field(compressed, "Content-Encoding"), "gzip");
  EXPECT_LT(4 * compressed.body.size(), plain.body.size());
  EXPECT_NE(page_field(plain, "ETag"), page_field(compressed, "ETag"));
  EXPECT_EQ(page_field(plain, "Vary"), "Accept-Encoding");
}

TEST(DocsPages, are_not_sent_again_to_those_who_have_them) {
  const std::string etag = page_field(get("/docs"), "ETag");
  for (const std::string& known : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
    const auto reply = get("/docs", {{"If-None-Match", known}});
    EXPECT_EQ(reply.status, 304) << known;
    EXPECT_EQ(reply.body, "");
    EXPECT_EQ(page_field(reply, "ETag"), etag);
  }
  EXPECT_EQ(get("/docs", {{"If-None-Match", "\"other\""}}).status, 200);
}

TEST(DocsPages, are_read_only) {
  const auto reply = get("/docs", {}, net::Method::Post);
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(page_field(reply, "Allow"), "GET, HEAD");
  EXPECT_EQ(get("/docs/nothing").status, 404);
}

TEST(EmbeddedAssets, come_out_as_they_went_in) {
  for (const EmbeddedAsset& asset : embedded_assets()) {
    EXPECT_EQ(asset.inflate().size(), asset.plain_size) << asset.path();
    EXPECT_EQ(asset.digest().size(), 32u);
    EXPECT_THAT(std::string(asset.path()), StartsWith("/"));
  }
}

}  // namespace
}  // namespace apiforge::admin
