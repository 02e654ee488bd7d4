#include "auth/audit/audit_details.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstddef>
#include <span>

#include "base/text.hpp"

namespace apiforge::auth {
namespace {

namespace json = boost::json;

constexpr std::string_view kMask = R"("***")";
constexpr int kMaximumDepth = 32;

constexpr std::array<std::string_view, 18> kSecretWords{
    "password", "passwords", "passwd", "passphrase", "secret",        "secrets",
    "token",    "key",       "apikey", "private",    "digest",        "hash",
    "pepper",   "sealed",    "cookie", "wrapped",    "authorization", "signature"};
// What a secret's name followed by this tells is no secret: `key_id`, `token_type`.
constexpr std::array<std::string_view, 8> kReferenceWords{"id",   "ids",   "name",  "type",
                                                          "kind", "count", "last4", "prefix"};

bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

/// The words of `snake_case`, `kebab-case`, `dotted.names` and `camelCase`, in lower case.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  char before = '_';
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool was_upper = before >= 'A' && before <= 'Z';
    const bool is_separator = c == '_' || c == '-' || c == '.' || c == ' ';
    if ((is_separator || (is_upper && !was_upper)) && !words.back().empty()) words.emplace_back();
    if (!is_separator) words.back() += to_lower(c);
    before = c;
  }
  return words;
}

std::string quoted(std::string_view text) {
  return json::serialize(json::string(text));
}

/// `{"name": "Authorization", "value": "..."}`: the name of the secret is a value itself.
bool is_named_secret(const json::object& object) {
  const json::value* const name = object.if_contains("name");
  return name != nullptr && name->is_string() &&
         names_a_secret(std::string_view(name->get_string()));
}

/// Masks what stands under names of secrets, however deep.
void mask(json::value& value, int depth = 0) {
  if (depth > kMaximumDepth) {
    value = "***";
  } else if (json::object* object = value.if_object()) {
    const bool hides_value = is_named_secret(*object);
    for (auto& [name, member] : *object) {
      if (names_a_secret(name) || (hides_value && name == "value")) {
        member = "***";
      } else {
        mask(member, depth + 1);
      }
    }
  } else if (json::array* array = value.if_array()) {
    for (json::value& element : *array) mask(element, depth + 1);
  }
}

std::string shown(std::string_view name, json::value value) {
  if (names_a_secret(name)) return std::string(kMask);
  mask(value);
  return json::serialize(value);
}

json::object parse_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  return !error && value.is_object() ? std::move(value.get_object()) : json::object();
}

void append_members(std::string& out,
                    const std::vector<std::pair<std::string, std::string>>& members) {
  bool is_first = true;
  for (const auto& [name, value] : members) {
    if (!is_first) out += ',';
    is_first = false;
    out += quoted(name);
    out += ':';
    out += value;
  }
}

}  // namespace

bool names_a_secret(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (words.size() > 1 && is_one_of(words.back(), kReferenceWords)) return false;
  return std::ranges::any_of(words,
                             [](const std::string& word) { return is_one_of(word, kSecretWords); });
}

void AuditDetails::add(Members& members, std::string_view name, std::string json) {
  if (members.size() == kMaximumMembers) return;
  if (json.size() > kMaximumValueBytes) json = R"("...")";
  members.emplace_back(name.substr(0, kMaximumValueBytes), std::move(json));
}

AuditDetails& AuditDetails::fact(std::string_view name, std::string_view value) {
  add(facts_, name, names_a_secret(name) ? std::string(kMask) : quoted(value));
  return *this;
}

AuditDetails& AuditDetails::fact(std::string_view name, std::int64_t value) {
  add(facts_, name, std::to_string(value));
  return *this;
}

AuditDetails& AuditDetails::fact(std::string_view name, bool value) {
  add(facts_, name, value ? "true" : "false");
  return *this;
}

AuditDetails& AuditDetails::change(std::string_view name, std::string_view before,
                                   std::string_view after) {
  if (before == after) return *this;
  add(before_, name, shown(name, json::string(before)));
  add(after_, name, shown(name, json::string(after)));
  return *this;
}

AuditDetails& AuditDetails::change(std::string_view name, bool before, bool after) {
  if (before == after) return *this;
  add(before_, name, before ? "true" : "false");
  add(after_, name, after ? "true" : "false");
  return *this;
}

AuditDetails& AuditDetails::changes(std::string_view before_json, std::string_view after_json) {
  const json::object before = parse_object(before_json);
  const json::object after = parse_object(after_json);
  for (const auto& [name, value] : before) {
    const json::value* now = after.if_contains(name);
    if (now == nullptr || *now != value) add(before_, name, shown(name, value));
  }
  for (const auto& [name, value] : after) {
    const json::value* then = before.if_contains(name);
    if (then == nullptr || *then != value) add(after_, name, shown(name, value));
  }
  return *this;
}

std::string AuditDetails::text() const {
  std::string out = "{";
  const auto append_part = [&](std::string_view name, const Members& members) {
    if (members.empty()) return;
    if (out.size() > 1) out += ',';
    out += quoted(name);
    out += ":{";
    append_members(out, members);
    out += '}';
  };
  append_part("before", before_);
  append_part("after", after_);
  if (!facts_.empty() && out.size() > 1) out += ',';
  append_members(out, facts_);
  out += '}';
  return out;
}

}  // namespace apiforge::auth
