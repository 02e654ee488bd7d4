#include "observe/log.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"

namespace apiforge::observe {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames{"DEBUG", "INFO", "WARNING", "ERROR", "OFF"};

/// Appends what `write(char*)` writes to at most `room` bytes.
template <class Write>
void append(std::string& line, std::size_t room, Write write) {
  const std::size_t size = line.size();
  line.resize(size + room);
  line.resize(static_cast<std::size_t>(write(line.data() + size) - line.data()));
}

void append_json(std::string& line, std::string_view text, std::size_t limit) {
  append(line, value_room(limit), [&](char* out) { return append_json_string(out, text, limit); });
}

void append_text(std::string& line, std::string_view text, std::size_t limit) {
  append(line, value_room(limit), [&](char* out) { return append_quoted_value(out, text, limit); });
}

std::string stamped(WallTime now, LineFormat format) {
  constexpr std::size_t kStampRoom = 24;
  std::string stamp;
  append(stamp, kStampRoom, [&](char* out) { return LineStamp().append(out, now, format); });
  return stamp;
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (equals_ignoring_case(text, kLevelNames[i])) return static_cast<LogLevel>(i);
  }
  return fail(
      ErrorCode::InvalidConfiguration,
      "LOG_LEVEL must be DEBUG, INFO, WARNING, ERROR or OFF, not '" + std::string(text) + "'");
}

Result<LineFormat> parse_line_format(std::string_view text) {
  if (equals_ignoring_case(text, "text")) return LineFormat::Text;
  if (equals_ignoring_case(text, "json")) return LineFormat::Json;
  return fail(ErrorCode::InvalidConfiguration,
              "LOG_FORMAT must be text or json, not '" + std::string(text) + "'");
}

std::string_view level_name(LogLevel level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

void LineQueue::push(std::string line) {
  const std::lock_guard lock(mutex_);
  if (lines_.size() >= kMaxLines) {
    ++dropped_;
    return;
  }
  lines_.push_back(std::move(line));
}

std::vector<std::string> LineQueue::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lines_, {});
}

std::uint64_t LineQueue::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Log::write(LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields) const {
  if (!writes(level)) return;
  std::string line;
  if (format_ == LineFormat::Json) {
    line.append(R"({"time":")").append(stamped(clock_->wall(), format_));
    line.append(R"(","level":")").append(level_name(level)).append(R"(","event":)");
    append_json(line, word_, kMaxValue);
    line.append(R"(,"message":)");
    append_json(line, message, kMaxMessage);
    for (const LogField& field : fields) {
      line += ',';
      append_json(line, field.key, kMaxValue);
      line += ':';
      append_json(line, field.value, kMaxValue);
    }
    line += '}';
  } else {
    line.append(stamped(clock_->wall(), format_)).append(1, ' ').append(level_name(level));
    line.append(1, ' ').append(word_).append(1, ' ');
    append(line, value_room(kMaxMessage),
           [&](char* out) { return append_message(out, message, kMaxMessage); });
    for (const LogField& field : fields) {
      line.append(1, ' ').append(field.key).append(1, '=');
      append_text(line, field.value, kMaxValue);
    }
  }
  line += '\n';
  queue_->push(std::move(line));
}

}  // namespace apiforge::observe
