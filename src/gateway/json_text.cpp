#include "gateway/json_text.hpp"

#include <boost/json/basic_parser_impl.hpp>

namespace apiforge::gateway {
namespace {

namespace json = boost::json;
using boost::system::error_code;

/// Keeps nothing.
struct NullHandler {
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  using Text = json::string_view;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_key_part(Text, std::size_t, error_code&) { return true; }
  bool on_key(Text, std::size_t, error_code&) { return true; }
  bool on_string_part(Text, std::size_t, error_code&) { return true; }
  bool on_string(Text, std::size_t, error_code&) { return true; }
  bool on_number_part(Text, error_code&) { return true; }
  bool on_int64(std::int64_t, Text, error_code&) { return true; }
  bool on_uint64(std::uint64_t, Text, error_code&) { return true; }
  bool on_double(double, Text, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(Text, error_code&) { return true; }
  bool on_comment(Text, error_code&) { return true; }
};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Reads valid JSON from the front of a text.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::string_view take_value() {
    skip_space();
    const std::string_view begin = rest_;
    int depth = 0;
    do {
      const char c = rest_.empty() ? '\0' : rest_.front();
      if (c == '"') {
        skip_text();
      } else if (c == '{' || c == '[') {
        ++depth;
        rest_.remove_prefix(1);
      } else if (c == '}' || c == ']') {
        if (--depth < 0) break;
        rest_.remove_prefix(1);
      } else if (depth == 0) {
        skip_word();
      } else if (!rest_.empty()) {
        rest_.remove_prefix(1);
      }
    } while (depth > 0 && !rest_.empty());
    return begin.substr(0, begin.size() - rest_.size());
  }

 private:
  void skip_text() {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      rest_.remove_prefix(rest_.front() == '\\' && rest_.size() > 1 ? 2 : 1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
  }
  void skip_word() {
    const auto end = rest_.find_first_of(",}] \t\r\n");
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
  }

  std::string_view rest_;
};

}  // namespace

bool is_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::basic_parser<NullHandler> parser(options);
  error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  return !error && used == text.size();
}

std::vector<RawMember> members_of(std::string_view object) {
  std::vector<RawMember> members;
  Cursor cursor(object);
  if (!cursor.take('{') || cursor.take('}')) return members;
  do {
    const std::string_view name = cursor.take_value();
    if (!cursor.take(':')) break;
    members.push_back({name, cursor.take_value()});
  } while (cursor.take(','));
  return members;
}

}  // namespace apiforge::gateway
