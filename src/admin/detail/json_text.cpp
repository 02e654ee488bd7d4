#include "admin/detail/json_text.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_stack.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "base/query.hpp"
#include "base/utf8.hpp"

namespace apiforge::admin {
namespace {

namespace json = boost::json;
using boost::system::error_code;

/// Builds the value and refuses a name that an object has already.
class ValueBuilder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  json::value release() { return stack_.release(); }
  bool has_duplicate() const { return has_duplicate_; }

  bool on_document_begin(error_code&) {
    stack_.reset();
    return true;
  }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) {
    names_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t size, error_code&) {
    names_.pop_back();
    stack_.push_object(size);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t size, error_code&) {
    stack_.push_array(size);
    return true;
  }
  bool on_key_part(std::string_view part, std::size_t, error_code&) {
    name_ += part;
    stack_.push_chars(part);
    return true;
  }
  bool on_key(std::string_view part, std::size_t, error_code& error) {
    name_ += part;
    stack_.push_key(part);
    has_duplicate_ = !names_.back().insert(std::exchange(name_, {})).second;
    if (has_duplicate_) error = json::make_error_code(json::error::syntax);
    return !has_duplicate_;
  }
  bool on_string_part(std::string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(std::string_view part, std::size_t, error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(std::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, std::string_view, error_code&) {
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, std::string_view, error_code&) {
    stack_.push_uint64(value);
    return true;
  }
  bool on_double(double value, std::string_view, error_code&) {
    stack_.push_double(value);
    return true;
  }
  bool on_bool(bool value, error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(std::string_view, error_code&) { return true; }
  bool on_comment(std::string_view, error_code&) { return true; }

 private:
  json::value_stack stack_;
  std::vector<std::set<std::string>> names_;  ///< of each object that is open
  std::string name_;
  bool has_duplicate_ = false;
};

std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t column = offset - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::unexpected<Error> malformed(std::string_view text, std::size_t offset,
                                 const std::string& reason) {
  return fail(ErrorCode::MalformedRequest,
              "the body is not valid JSON: " + place_of(text, offset) + ": " + reason);
}

/// A name or value of a form; nullopt when it is not UTF-8 or its escapes are none.
std::optional<std::string> decode_form_text(std::string_view raw) {
  std::string spaced(raw);
  std::ranges::replace(spaced, '+', ' ');
  auto text = percent_decode(spaced);
  if (!text || !utf8_length(*text)) return std::nullopt;
  return text;
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::basic_parser<ValueBuilder> parser(options);
  error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (parser.handler().has_duplicate()) {
    return malformed(text, read, "this name stands twice in its object");
  }
  if (error) {
    return malformed(text, read,
                     error == json::error::too_deep
                         ? "more than " + std::to_string(kMaxJsonDepth) + " levels"
                         : error.message());
  }
  if (read < text.size()) return malformed(text, read, "the text goes on behind the value");
  return parser.handler().release();
}

Result<json::value> parse_form(std::string_view text) {
  json::object object;
  std::size_t pairs = 0;
  bool good = true;
  bool unique = true;
  for_each_pair(text, [&](const QueryPair& pair) {
    if (++pairs > kMaxFormPairs || !good) return;
    const auto name = decode_form_text(pair.name);
    const auto value = decode_form_text(pair.value);
    good = name && value;
    if (good) unique = object.emplace(*name, *value).second && unique;
  });
  if (pairs > kMaxFormPairs)
    return fail(ErrorCode::MalformedRequest, "the form has too many pairs");
  if (!good) return fail(ErrorCode::MalformedRequest, "the form is not UTF-8 in percent-encoding");
  if (!unique) return fail(ErrorCode::MalformedRequest, "a name stands twice in the form");
  return object;
}

}  // namespace apiforge::admin
