#include "gateway/json_text.hpp"

#include <array>
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

/// Characters that mean something outside of texts; all others can be passed over in a row.
constexpr auto kStructural = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("\"{}[]")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_structural(char c) {
  return kStructural[static_cast<unsigned char>(c)];
}

/// Reads valid JSON from the front of a text. Every byte of a call's body comes by here.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  std::string_view take_value() {
    skip_space();
    const char* const begin = at_;
    if (at_ != end_ && !is_structural(*at_)) {
      skip_word();
    } else {
      skip_nested();
    }
    return {begin, at_};
  }

 private:
  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  /// A text, or all of an object or array.
  void skip_nested() {
    int depth = 0;
    while (at_ != end_) {
      const char c = *at_++;
      if (c == '"') {
        skip_text();
      } else {
        depth += c == '{' || c == '[' ? 1 : -1;
      }
      if (depth <= 0) return;
      while (at_ != end_ && !is_structural(*at_)) ++at_;
    }
  }
  /// What follows its first quote.
  void skip_text() {
    while (at_ != end_ && *at_ != '"') at_ += *at_ == '\\' && end_ - at_ > 1 ? 2 : 1;
    if (at_ != end_) ++at_;
  }
  void skip_word() {
    while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !is_space(*at_)) ++at_;
  }

  const char* at_;
  const char* end_;
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
