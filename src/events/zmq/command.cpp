#include "events/zmq/command.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>

#include "base/in_quotes.hpp"
#include "base/nearest_name.hpp"
#include "base/problem.hpp"
#include "base/rfc3339.hpp"

namespace apiforge::events {
namespace {

namespace json = boost::json;

constexpr std::string_view kBreakerMembers[] = {"api", "version"};
constexpr std::string_view kSilenceMembers[] = {"rule", "until"};

struct Form {
  std::string_view name;
  std::span<const std::string_view> members{};  ///< besides `command`
};
/// In the order of CommandType.
constexpr std::array<Form, 6> kForms{{{"ping"},
                                      {"breaker.open", kBreakerMembers},
                                      {"breaker.close", kBreakerMembers},
                                      {"breaker.reset", kBreakerMembers},
                                      {"alerts.silence", kSilenceMembers},
                                      {"reload"}}};

std::unexpected<Error> refuse(std::string detail) {
  return fail(ErrorCode::InvalidBody, std::move(detail));
}

Result<std::string> text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return refuse("'" + std::string(name) + "' is missing");
  const json::string* text = value->if_string();
  if (text == nullptr || text->empty() || text->size() > kMaxCommandTextBytes) {
    return refuse("'" + std::string(name) + "' must be a text of 1 to 256 bytes");
  }
  return std::string(*text);
}

Result<CommandType> type_of(const json::object& object) {
  const auto name = text_member(object, "command");
  if (!name) return std::unexpected(name.error());
  const auto form = std::ranges::find(kForms, std::string_view(*name), &Form::name);
  if (form != kForms.end()) return static_cast<CommandType>(form - kForms.begin());
  std::array<std::string_view, kForms.size()> names;
  std::ranges::transform(kForms, names.begin(), &Form::name);
  return refuse("there is no command " + in_quotes(*name) + did_you_mean(*name, names));
}

Result<void> require_known_members(const json::object& object, const Form& form) {
  for (const auto& member : object) {
    const std::string_view name = member.key();
    if (name == "command" || std::ranges::find(form.members, name) != form.members.end()) continue;
    return refuse(std::string(form.name) + " has no member " + in_quotes(name));
  }
  return {};
}

Result<void> read_breaker(const json::object& object, Command& command) {
  auto api = text_member(object, "api");
  if (!api) return std::unexpected(api.error());
  command.api = *std::move(api);
  if (!object.contains("version")) return {};
  auto version = text_member(object, "version");
  if (!version) return std::unexpected(version.error());
  command.version = *std::move(version);
  return {};
}

Result<void> read_silence(const json::object& object, Command& command) {
  auto rule = text_member(object, "rule");
  if (!rule) return std::unexpected(rule.error());
  command.rule = *std::move(rule);
  const json::value* until = object.if_contains("until");
  if (until != nullptr && until->is_null()) return {};
  const auto text = text_member(object, "until");
  if (!text) return std::unexpected(text.error());
  command.until = parse_rfc3339(*text);
  if (!command.until) return refuse("'until' must be null or a time such as 2026-01-31T08:00:00Z");
  return {};
}

}  // namespace

std::string_view name_of(CommandType type) {
  return kForms[static_cast<std::size_t>(type)].name;
}

Result<Command> parse_command(std::string_view text) {
  if (text.size() > kMaxCommandBytes) {
    return fail(ErrorCode::MalformedRequest, "a command has at most 16384 bytes");
  }
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) {
    return fail(ErrorCode::MalformedRequest, "a command is a JSON object with a member 'command'");
  }
  const auto type = type_of(*object);
  if (!type) return std::unexpected(type.error());
  if (auto ok = require_known_members(*object, kForms[static_cast<std::size_t>(*type)]); !ok) {
    return std::unexpected(ok.error());
  }
  Command command{.type = *type};
  const bool is_breaker = *type == CommandType::OpenBreaker || *type == CommandType::CloseBreaker ||
                          *type == CommandType::ResetBreaker;
  Result<void> read;
  if (is_breaker) read = read_breaker(*object, command);
  if (*type == CommandType::SilenceAlerts) read = read_silence(*object, command);
  if (!read) return std::unexpected(read.error());
  return command;
}

std::string reply_to(const Result<void>& outcome) {
  if (outcome) return R"({"ok":true})";
  const Error& error = outcome.error();
  std::string out = R"({"ok":false,"code":")";
  out.append(error.info().name).append(R"(","error":")");
  append_json_text(out, error.detail.empty() ? error.info().title : error.detail);
  out += "\"}";
  return out;
}

}  // namespace apiforge::events
