#include "storage/sql/detail/sql_url.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/encoding.hpp"

namespace apiforge::storage::detail {
namespace {

constexpr std::string_view kSqlite = "sqlite:///";
constexpr const char* kDefaultFile = "apiforge.db";

Result<SqlTarget> refuse(std::string why) {
  return fail(ErrorCode::InvalidConfiguration, "DATABASE_URL " + std::move(why));
}

Result<SqlTarget> sqlite_target(std::string_view path) {
  if (path.find_first_of("?#") != std::string_view::npos)
    return refuse("of SQLite is a path alone");
  const auto decoded = percent_decode(path);
  if (!decoded || decoded->empty() || decoded->find('\0') != std::string::npos) {
    return refuse("has no readable path");
  }
  SqlTarget target;
  target.file = *decoded;
  return target;
}

Result<SqlTarget> postgresql_target(const Secret& url) {
  const std::string text(url.reveal());
  // libpq's own message would repeat the URL, so it is not shown.
  const std::unique_ptr<PQconninfoOption, decltype(&::PQconninfoFree)> options(
      ::PQconninfoParse(text.c_str(), nullptr), &::PQconninfoFree);
  if (!options)
    return refuse("is not as libpq reads it: postgresql://user:password@host:port/name");
  SqlTarget target;
  target.engine = Engine::Postgresql;
  target.url = url;
  target.secrets.push_back(url);
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    const std::string_view keyword = option->keyword;
    if (option->val && *option->val && (keyword == "password" || keyword == "sslpassword")) {
      target.secrets.emplace_back(option->val);
    }
  }
  return target;
}

}  // namespace

Result<SqlTarget> parse_target(const SqlSettings& settings) {
  const std::string_view url = settings.url.reveal();
  if (url.empty()) {
    SqlTarget target;
    target.file = (std::filesystem::path(settings.data_dir) / kDefaultFile).string();
    return target;
  }
  if (url.starts_with(kSqlite)) return sqlite_target(url.substr(kSqlite.size()));
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return postgresql_target(settings.url);
  }
  return refuse("begins with sqlite:/// or postgresql://");
}

std::string without_secrets(std::string message, const std::vector<Secret>& secrets) {
  for (const Secret& secret : secrets) {
    const std::string_view text = secret.reveal();
    if (text.empty()) continue;
    for (auto at = message.find(text); at != std::string::npos; at = message.find(text, at + 3)) {
      message.replace(at, text.size(), "***");
    }
  }
  std::ranges::replace(message, '\n', ' ');
  while (message.ends_with(' ')) message.pop_back();
  return message;
}

}  // namespace apiforge::storage::detail
