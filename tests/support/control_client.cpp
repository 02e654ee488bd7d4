#include "support/control_client.hpp"

#include <stdexcept>

#include "support/raw_client.hpp"

namespace apiforge::testing_support {

HttpMessage ControlClient::ask(std::string_view request, std::string_view token,
                               std::string_view body, std::string_view fields) const {
  std::string text(request);
  text.append(" HTTP/1.1\r\nHost: gateway.test\r\nConnection: close\r\n").append(fields);
  if (!token.empty()) text += bearer_field(token);
  if (!body.empty()) {
    const std::string_view type =
        request.starts_with("PATCH ") ? "application/merge-patch+json" : "application/json";
    text.append("Content-Type: ").append(type).append("\r\nContent-Length: ");
    text.append(std::to_string(body.size())).append("\r\n");
  }
  RawClient client(port_);
  client.send(text.append("\r\n").append(body));
  return client.read_reply(request.starts_with("HEAD ") ? MessageKind::ReplyToHead
                                                        : MessageKind::Reply);
}

HttpMessage ControlClient::expect(int status, std::string_view request, std::string_view token,
                                  std::string_view body) const {
  HttpMessage reply = ask(request, token, body);
  if (reply.status() == status) return reply;
  throw std::runtime_error(std::string(request) + ": " + reply.start_line + "\n" + reply.body);
}

Tokens ControlClient::log_in(std::string_view username, std::string_view password) const {
  const std::string body = "{\"username\":\"" + std::string(username) + "\",\"password\":\"" +
                           std::string(password) + "\"}";
  const HttpMessage reply = expect(200, "POST /api/v1/auth/login", {}, body);
  return {json_text(reply.body, "access_token"), json_text(reply.body, "refresh_token")};
}

ApiKey ControlClient::make_key(std::string_view token, std::string_view more) const {
  const std::string body = "{" + std::string(more) + "\"name\":\"a bot\"}";
  const HttpMessage reply = expect(201, "POST /api/v1/auth/api-keys", token, body);
  return {json_text(reply.body, "id"), json_text(reply.body, "key")};
}

void ControlClient::revoke_key(std::string_view token, const ApiKey& key) const {
  expect(204, "DELETE /api/v1/auth/api-keys/" + key.id, token, {});
}

std::string json_text(std::string_view json, std::string_view member) {
  const std::string mark = "\"" + std::string(member) + "\":\"";
  const auto at = json.find(mark);
  if (at == std::string_view::npos) return {};
  const auto begin = at + mark.size();
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

std::string bearer_field(std::string_view credential) {
  return "Authorization: Bearer " + std::string(credential) + "\r\n";
}

std::string api_key_field(std::string_view credential) {
  return "X-API-Key: " + std::string(credential) + "\r\n";
}

}  // namespace apiforge::testing_support
