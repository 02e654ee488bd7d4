#include "declarative/secret_resolver.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/in_quotes.hpp"

namespace apiforge::declarative {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kEnvironment = "env:";
constexpr std::string_view kFile = "file:";

std::unexpected<Error> invalid(std::string detail) {
  return fail(ErrorCode::InvalidConfiguration, std::move(detail));
}

bool is_variable_name(std::string_view name) {
  const bool starts_with_digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
  return !name.empty() && !starts_with_digit && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// What stands between `${` and `}`.
Result<std::string> resolve(std::string_view reference, const SecretResolver& resolver) {
  if (reference.starts_with(kEnvironment)) {
    const auto name = reference.substr(kEnvironment.size());
    if (!is_variable_name(name)) {
      return invalid("${env:NAME} takes the name of an environment variable");
    }
    return resolver.from_environment(name);
  }
  if (reference.starts_with(kFile)) {
    const auto path = reference.substr(kFile.size());
    if (path.empty()) return invalid("${file:path} takes the path of a file");
    return resolver.from_file(path);
  }
  return invalid("only ${env:NAME} and ${file:path} are known; write $${ for a literal ${");
}

}  // namespace

SystemSecretResolver::SystemSecretResolver(std::map<std::string, std::string> environment)
    : environment_(std::move(environment)) {}

Result<std::string> SystemSecretResolver::from_environment(std::string_view name) const {
  const auto found = environment_.find(std::string(name));
  if (found == environment_.end() || found->second.empty()) {
    return invalid("the environment variable " + in_quotes(name) + " is not set");
  }
  return found->second;
}

Result<std::string> SystemSecretResolver::from_file(std::string_view path) const {
  std::error_code ignored;
  const bool is_directory = std::filesystem::is_directory(std::filesystem::path(path), ignored);
  std::ifstream file(std::string(path), std::ios::binary);
  if (!file || is_directory) return invalid("the file " + in_quotes(path) + " cannot be read");
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return invalid("the file " + in_quotes(path) + " cannot be read");
  if (text.size() > kMaxFileBytes) {
    return invalid("the file " + in_quotes(path) + " is larger than 64 KiB");
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

Result<std::string> expand_references(std::string_view text, const SecretResolver& resolver) {
  std::string result;
  for (;;) {
    const auto open = text.find(kOpen);
    result += text.substr(0, open);
    if (open == std::string_view::npos) return result;
    const bool escaped = open > 0 && text[open - 1] == '$';
    text.remove_prefix(open + kOpen.size());
    if (escaped) {
      result += '{';  // the first `$` of `$${` is there already
      continue;
    }
    const auto close = text.find('}');
    if (close == std::string_view::npos) return invalid("${ without } at its end");
    auto value = resolve(text.substr(0, close), resolver);
    if (!value) return value;
    result += *value;
    text.remove_prefix(close + 1);
  }
}

}  // namespace apiforge::declarative
