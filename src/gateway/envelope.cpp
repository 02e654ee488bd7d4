#include "gateway/envelope.hpp"

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/encoding.hpp"
#include "base/json_pointer.hpp"
#include "base/nearest_name.hpp"
#include "base/query.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "gateway/json_text.hpp"
#include "gateway/phases/json_body.hpp"

namespace apiforge::gateway {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> kNames{"method", "path",    "query",     "headers",
                                                 "body",   "version", "timeout_ms"};
constexpr std::size_t kMaxValues = 256;  // of `query` and of `headers`

bool is_token_byte(char c) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(c) != std::string_view::npos;
}

/// A token (RFC 9110 5.6.2).
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_byte);
}

bool is_field_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

/// Reads the members into a request and collects what is wrong.
class Reader {
 public:
  explicit Reader(EnvelopeRequest& request) : request_(request) {}
  std::vector<BodyFault> faults;

  void read(std::string_view text) {
    std::vector<std::string> seen;
    for (const RawMember& member : members_of(text)) {
      const json::value key = parse(member.name);
      const std::string_view name = view(key.as_string());
      if (std::ranges::find(seen, name) != seen.end()) {
        fault("/" + std::string(name), "stands there twice");
        continue;
      }
      seen.emplace_back(name);
      read_member(name, member.value);
    }
    add_query();
    add_content_type();
  }

 private:
  json::value parse(std::string_view text) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = kMaxJsonDepth;
    return json::parse(json::string_view(text.data(), text.size()), error, &memory_, options);
  }

  void fault(std::string pointer, std::string message) {
    faults.push_back({std::move(pointer), std::move(message)});
  }

  void read_member(std::string_view name, std::string_view raw) {
    if (raw == "null" && std::ranges::find(kNames, name) != kNames.end()) return;
    if (name == "body") return read_body(raw);
    if (std::ranges::find(kNames, name) == kNames.end()) {
      if (name.size() > 128) return fault("", "has a member with a name that is too long");
      return fault(json_pointer_to("", name), "is not known here" + did_you_mean(name, kNames));
    }
    const json::value value = parse(raw);
    if (name == "query") return read_query(value);
    if (name == "headers") return read_headers(value);
    if (name == "timeout_ms") return read_timeout(value);
    const json::string* text = value.if_string();
    if (!text) return fault("/" + std::string(name), "must be a text");
    read_text(name, view(*text));
  }

  void read_text(std::string_view name, std::string_view text) {
    if (name == "version") {
      request_.version = text;
    } else if (name == "method") {
      const bool upper = std::ranges::none_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
      if (!is_token(text) || !upper || text.size() > 32 || text == "CONNECT" || text == "TRACE") {
        return fault("/method", "must be a method such as GET or POST, in upper case");
      }
      request_.method = text;
    } else if (!text.starts_with('/')) {
      fault("/path", "must begin with /");
    } else {
      request_.target = text;
    }
  }

  void read_timeout(const json::value& value) {
    boost::system::error_code error;
    const auto number = value.is_number() ? value.to_number<std::int64_t>(error) : std::int64_t{0};
    if (error || value.is_double() || number < 1 || number > kMaxEnvelopeTimeout.count()) {
      return fault("/timeout_ms", "must be an integer from 1 to 600000");
    }
    request_.timeout = std::chrono::milliseconds(number);
  }

  /// Calls `add(name, text, pointer)` for each value of an object of texts, numbers, booleans, and
  /// arrays of these.
  template <class Add>
  void for_each_value(const json::value& value, std::string_view parent, Add add) {
    const json::object* object = value.if_object();
    if (!object) return fault(std::string(parent), "must be an object");
    std::size_t count = 0;
    for (const auto& member : *object) {
      const std::string_view name(member.key().data(), member.key().size());
      const std::string pointer = json_pointer_to(std::string(parent), name.substr(0, 128));
      const json::array* several = member.value().if_array();
      for (std::size_t i = 0; i < (several ? several->size() : 1); ++i) {
        if (++count > kMaxValues) return fault(std::string(parent), "has too many values");
        const auto text = text_of(several ? (*several)[i] : member.value());
        if (!text) {
          fault(pointer, "must be a text, a number, true, false, or an array of these");
          break;
        }
        add(name, *text, pointer);
      }
    }
  }

  static std::optional<std::string> text_of(const json::value& value) {
    if (const json::string* text = value.if_string()) return std::string(view(*text));
    if (value.is_bool() || value.is_int64() || value.is_uint64()) return json::serialize(value);
    if (!value.is_double()) return std::nullopt;
    std::array<char, 32> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), value.get_double());
    return std::string(digits.data(), end.ptr);
  }

  void read_query(const json::value& value) {
    for_each_value(value, "/query", [this](std::string_view name, const std::string& text, auto&) {
      append_pair(query_, percent_encode(name), percent_encode(text));
    });
  }

  void read_headers(const json::value& value) {
    for_each_value(value, "/headers",
                   [this](std::string_view name, const std::string& text, const auto& pointer) {
                     if (!is_token(name)) return fault(pointer, "is no name of a field");
                     if (!is_field_value(text)) return fault(pointer, "has a control character");
                     request_.fields.push_back({std::string(name), std::string(trim(text))});
                   });
  }

  void read_body(std::string_view raw) {
    if (raw.starts_with('"')) {
      request_.body = view(parse(raw).as_string());
      content_type_ = "text/plain; charset=utf-8";
      return;
    }
    if (raw.starts_with('{')) {
      const auto members = members_of(raw);
      if (members.size() == 1 && members.front().name == "\"base64\"" &&
          members.front().value.starts_with('"')) {
        return read_base64(members.front().value);
      }
    }
    request_.body = raw;
    content_type_ = "application/json";
  }

  void read_base64(std::string_view raw) {
    const json::value text = parse(raw);
    auto bytes = base64_decode(view(text.as_string()));
    if (!bytes) return fault("/body/base64", "must be Base64 (RFC 4648 4)");
    request_.body = *std::move(bytes);
    content_type_ = "application/octet-stream";
  }

  void add_query() {
    if (query_.empty()) return;
    request_.target += request_.target.find('?') == std::string::npos ? '?' : '&';
    request_.target += query_;
  }

  void add_content_type() {
    const bool given = std::ranges::any_of(request_.fields, [](const OwnedField& field) {
      return equals_ignoring_case(field.name, "content-type");
    });
    if (!given && !content_type_.empty()) {
      request_.fields.push_back({"Content-Type", std::string(content_type_)});
    }
  }

  EnvelopeRequest& request_;
  std::string query_;
  std::string_view content_type_;
  std::array<unsigned char, 4'096> buffer_;
  json::monotonic_resource memory_{buffer_.data(), buffer_.size()};
};

void append_text(std::string& out, std::string_view text) {
  out += '"';
  append_json_text(out, text);
  out += '"';
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end.ptr);
}

void append_headers(std::string& out, const std::vector<OwnedField>& fields) {
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto same = [&](const OwnedField& other) {
      return equals_ignoring_case(other.name, fields[i].name);
    };
    const auto here = fields.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::any_of(fields.begin(), here, same)) continue;
    if (!std::exchange(first, false)) out += ',';
    append_text(out, fields[i].name);
    out += ':';
    const bool several = std::any_of(here + 1, fields.end(), same);
    if (several) out += '[';
    append_text(out, fields[i].value);
    for (auto other = here + 1; several && other != fields.end(); ++other) {
      if (!same(*other)) continue;
      out += ',';
      append_text(out, other->value);
    }
    if (several) out += ']';
  }
  out += '}';
}

void append_body(std::string& out, const WholeReply& reply) {
  const bool encoded = [&] {
    const std::string_view coding = reply.field("Content-Encoding");
    return !coding.empty() && !equals_ignoring_case(coding, "identity");
  }();
  if (!encoded && phases::is_json_type(reply.field("Content-Type")) && is_json(reply.body)) {
    out += reply.body;
  } else if (!encoded && utf8_length(reply.body)) {
    append_text(out, reply.body);
  } else {
    out += R"({"base64":")";
    append_base64(out, bytes_of(reply.body));
    out += "\"}";
  }
}

}  // namespace

std::vector<BodyFault> read_envelope(std::string_view text, EnvelopeRequest& request) {
  const std::string_view trimmed = trim(text);
  const auto begin = trimmed.find_first_not_of("\r\n\t ");
  if (begin == std::string_view::npos || trimmed[begin] != '{') {
    return {{"", "must be an object"}};
  }
  Reader reader(request);
  reader.read(trimmed);
  return std::move(reader.faults);
}

void append_reply_envelope(std::string& out, const WholeReply& reply, bool without_body,
                           const EnvelopeMeta& meta) {
  out += R"({"status":)";
  append_number(out, static_cast<std::uint64_t>(reply.status));
  out += R"(,"headers":)";
  append_headers(out, reply.fields);
  out += R"(,"body":)";
  if (without_body || reply.body.empty()) {
    out += "null";
  } else {
    append_body(out, reply);
  }
  out += R"(,"meta":{"api":)";
  append_text(out, meta.api);
  out += R"(,"version":)";
  append_text(out, meta.version);
  out += R"(,"endpoint":)";
  if (meta.endpoint.empty()) {
    out += "null";
  } else {
    append_text(out, meta.endpoint);
  }
  out += R"(,"attempts":)";
  append_number(out, meta.attempts);
  out += meta.cached ? R"(,"cached":true,"latency_ms":)" : R"(,"cached":false,"latency_ms":)";
  append_number(out, meta.latency_ms);
  out += R"(,"request_id":)";
  append_text(out, meta.request_id);
  out += "}}\n";
}

}  // namespace apiforge::gateway
