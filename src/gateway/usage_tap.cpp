#include "gateway/usage_tap.hpp"

#include "base/text.hpp"
#include "policy/json_scan.hpp"

namespace apiforge::gateway {
namespace {

constexpr std::string_view kDataField = "data:";

bool is_container(std::string_view text) {
  return !text.empty() && (text.front() == '{' || text.front() == '[');
}

std::optional<std::string_view> child_of(std::string_view container,
                                         const policy::JsonToken& token) {
  const bool is_array = container.front() == '[';
  const auto wanted = is_array ? parse_unsigned(token.text) : std::nullopt;
  if (is_array && !wanted) return std::nullopt;
  policy::JsonChildren children(container);
  for (std::size_t i = 0; auto child = children.next(); ++i) {
    const bool is_it = is_array ? i == *wanted : policy::is_json_string(child->name, token.text);
    if (is_it) return child->text;
  }
  return std::nullopt;
}

}  // namespace

void UsageTap::add(std::string_view piece) {
  if (form_ == Form::EventStream) {
    add_to_stream(piece);
  } else if (text_.size() + piece.size() <= kMaxText) {
    text_ += piece;
  } else {
    too_long_ = true;
    text_ = {};
  }
}

// Lines end with LF, CR, or both (the HTML standard, 9.2.5).
void UsageTap::add_to_stream(std::string_view piece) {
  while (!piece.empty()) {
    if (after_cr_ && piece.front() == '\n') piece.remove_prefix(1);
    after_cr_ = false;
    const std::size_t end = piece.find_first_of("\r\n");
    const std::string_view part = piece.substr(0, end);
    if (line_.size() + part.size() <= kMaxText) {
      line_ += part;
    } else {
      too_long_ = true;
    }
    if (end == std::string_view::npos) return;
    after_cr_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    end_line();
  }
}

void UsageTap::end_line() {
  std::string_view line = line_;
  if (line.empty()) {
    end_event();
  } else if (line.starts_with(kDataField)) {
    line.remove_prefix(kDataField.size());
    if (text_.size() + line.size() < kMaxText) {
      text_.append(line).append("\n", 1);
    } else {
      too_long_ = true;
    }
  }
  line_.clear();
}

void UsageTap::end_event() {
  if (!too_long_) {
    if (const auto number = number_in(text_)) found_ = number;
  }
  too_long_ = false;
  text_.clear();
}

std::optional<std::int64_t> UsageTap::used() {
  if (form_ == Form::EventStream) {
    // An upstream may end without the empty line behind its last event.
    if (!line_.empty()) end_line();
    if (!text_.empty()) end_event();
    return found_;
  }
  return too_long_ ? std::nullopt : number_in(text_);
}

std::optional<std::int64_t> UsageTap::number_in(std::string_view text) const {
  text = policy::trim_json(text);
  if (!is_container(text) || policy::find_json_fault(text)) return std::nullopt;
  for (const policy::JsonToken& token : place_) {
    if (!is_container(text)) return std::nullopt;
    const auto child = child_of(text, token);
    if (!child) return std::nullopt;
    text = *child;
  }
  const auto number = parse_unsigned(text);
  if (!number || *number > kMaxUsed) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

}  // namespace apiforge::gateway
