// Paths: whatever way a target is written, what was routed, what was authorized and what the
// upstream sees are one and the same. Scenario 25 of the reliability list.
#include "support/gateway_fixture.hpp"

namespace apiforge::testing_support {
namespace {

class PathTest : public GatewayTest {
 protected:
  // Every way of getting from /proxy/open to /proxy/admin that servers have fallen for.
  static std::vector<std::string> bypass_attempts() {
    const std::vector<std::string> climbs = {
        "..",     "%2e%2e",       "%2E%2E",       ".%2e",
        "%2e.",   "..;",          "..;x=y",       "%2e%2e;",
        "..%3b",  "%252e%252e",   "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
        "..%00",  "..%20",        "..%09",        "..%0d%0a",
        ". .",    "...",          "%uff0e%uff0e", "%u002e%u002e",
        "..\\",   "%5c..",        "..%5c",        "%2e%2e%5c",
        ".%00.",  "..%ff",        "..?",          "..#",
        "..%23",  "..%3f",        "0x2e0x2e",     "%%32%65",
        "%2%65",  "%2e%2",        "..\t",         "..\x7f",
        ".%252e", "%f0%80%80%ae", "..%c0%af",     "..%c1%9c"};
    const std::vector<std::string> slashes = {"/",    "//", "%2f",   "%2F",    "\\",   "%5c", "/./",
                                              "/.;/", ";/", "%252f", "%c0%af", "/%2f", "/;x/"};
    std::vector<std::string> attempts;
    for (const std::string& climb : climbs) {
      for (const std::string& slash : slashes) {
        attempts.push_back("/proxy/open" + slash + climb + slash + "admin/secret");
      }
    }
    for (const std::string& slash : slashes) {
      for (const std::string name : {"admin", "%61dmin", "admin;x", "admin%00", "admin.",
                                     "admin%20", "ADMIN", "admin%2e", "./admin", "admin/."}) {
        attempts.push_back("/proxy" + slash + name + "/secret");
        attempts.push_back(slash + "proxy/" + name + "/secret");
      }
    }
    return attempts;
  }

  static bool is_canonical(const std::string& path) {
    for (const std::string_view bad :
         {"//", "/./", "/../", "\\", "%2f", "%2F", "%5c", "%5C", "%00", "%2e", "%2E", "#", " "}) {
      if (path.find(bad) != std::string::npos) return false;
    }
    return !path.ends_with("/..") && !path.ends_with("/.");
  }
};

TEST_F(PathTest, NoWayOfWritingLeadsToAnApiThatIsNotPublic) {
  FakeUpstream open(FakeUpstream::echoing());
  FakeUpstream admin(FakeUpstream::echoing());
  given_api("open", open);
  given_api("admin", admin, {.is_public = false});
  const auto attempts = bypass_attempts();
  EXPECT_GE(attempts.size(), 500u);
  for (const std::string& attempt : attempts) {
    const int status = call("GET " + attempt).status();
    EXPECT_TRUE(status == 200 || status == 400 || status == 401 || status == 404)
        << attempt << ' ' << status;
  }
  EXPECT_TRUE(admin.requests().empty());
  for (const HttpMessage& request : open.requests()) {
    const std::string target = request.target();
    const std::string path = target.substr(0, target.find('?'));
    EXPECT_TRUE(is_canonical(path)) << path;
  }
}

TEST_F(PathTest, TheUpstreamSeesTheCanonicalPath) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("open", {upstream.url() + "/base"});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/proxy/open", "/base/"},
      {"/proxy/open/", "/base/"},
      {"/proxy/open/a/./b", "/base/a/b"},
      {"/proxy/open/a/../b", "/base/b"},
      {"/proxy/open/%61%2D%7e", "/base/a-~"},
      {"/proxy/open/a%c3%a9", "/base/a%C3%A9"},
      {"/proxy/open/a;b=c/d", "/base/a;b=c/d"},
      {"/proxy/%6fpen/x", "/base/x"},
      {"/proxy/x/../open/y", "/base/y"},
      {"/proxy/open/x?q=../../%2F&r=%00", "/base/x?q=../../%2F&r=%00"},
      {"http://gateway.test/proxy/open/x", "/base/x"},
  };
  for (const auto& [sent, seen] : cases) EXPECT_EQ(call("GET " + sent).body, "GET " + seen) << sent;
}

TEST_F(PathTest, ANameThatBeginsLikeAnApiIsAnother) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("open", upstream);
  for (const std::string path : {"/proxy/openx", "/proxy/open.json", "/proxy/ope", "/proxy", "/"}) {
    call("GET " + path);
    expect_status(404);
    expect_problem("route_not_found");
  }
}

TEST_F(PathTest, ATargetThatIsTooLongIsRefused) {
  FakeUpstream upstream(FakeUpstream::echoing());
  given_api("open", upstream);
  call("GET /proxy/open/" + std::string(9'000, 'x'));
  expect_status(414);
}

}  // namespace
}  // namespace apiforge::testing_support
