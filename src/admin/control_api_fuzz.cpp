// Requests to the control API: whatever a caller sends, the reply is a whole one, errors are
// problems, and none is the fault of the gateway. The first byte of the input chooses the
// operation, the second caller and media type; the rest of the line is the id and the query, then
// comes the body.
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>

#include "admin/installation_fixture.hpp"
#include "admin/operation.hpp"

namespace {

using namespace apiforge;

void require(bool condition) {
  if (!condition) std::abort();
}

std::string login(admin::Installation& installation) {
  const auto reply = installation.send(
      {net::Method::Post, "/auth/login",
       R"({"username":"root","password":")" + std::string(admin::Installation::kPassword) + "\"}"});
  return std::string(boost::json::parse(reply.body).at("access_token").as_string());
}

/// The path of an operation with the id of a resource in it.
std::string path_of(const admin::Operation& operation, std::string_view id) {
  std::string path(operation.path);
  const auto open = path.find('{');
  if (open != std::string::npos) path.replace(open, path.find('}') - open + 1, id);
  return path;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // A fresh installation for each input: what one leaves behind is not there for the next.
  admin::Installation installation;
  const auto operations = admin::operations();
  const admin::Operation& operation = operations[data[0] % operations.size()];
  const std::string token = data[1] % 2 == 0 ? login(installation) : "";
  const std::string text(reinterpret_cast<const char*>(data + 2), size - 2);
  const auto line = text.find('\n');
  const std::string target = text.substr(0, line);
  const std::string body = line == std::string::npos ? "" : text.substr(line + 1);

  const auto mark = target.find('?');
  const std::string query = mark == std::string::npos ? "" : target.substr(mark);
  const auto reply = installation.send(
      {operation.method,
       path_of(operation, target.substr(0, mark)) + query,
       body,
       token,
       {},
       data[1] % 4 < 2 ? "application/json" : "application/x-www-form-urlencoded"});

  require(reply.status >= 200 && reply.status < 500);
  require(reply.status != 204 || reply.body.empty());
  if (reply.status < 400) return 0;
  boost::system::error_code error;
  const auto problem = boost::json::parse(reply.body, error);
  require(!error && reply.error && reply.content_type == "application/problem+json");
  require(problem.at("status").to_number<int>() == reply.status);
  return 0;
}
