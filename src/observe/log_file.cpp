#include "observe/log_file.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <system_error>
#include <utility>

namespace apiforge::observe {
namespace {

/// A crash or a full disk may have cut the last line; the next one must not be glued to it.
bool ends_in_a_cut_line(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file || file.tellg() <= 0) return false;
  file.seekg(-1, std::ios::end);
  return file.get() != '\n';
}

}  // namespace

struct LogFile::Sink {
  explicit Sink(const Settings& settings)
      : rotating(settings.path.string(), settings.max_bytes, settings.max_files,
                 /*rotate_on_open=*/false, unbuffered()) {
    // The lines arrive complete, so spdlog adds nothing to them.
    rotating.set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%v", spdlog::pattern_time_type::utc, std::string{}));
  }
  void write(std::string_view text) {
    spdlog::details::log_msg message;
    message.payload = {text.data(), text.size()};
    rotating.log(message);
  }
  /// Chunks are large: a buffer in between would only cut them into more system calls.
  static spdlog::file_event_handlers unbuffered() {
    spdlog::file_event_handlers handlers;
    handlers.after_open = [](const auto&, std::FILE* file) {
      std::setvbuf(file, nullptr, _IONBF, 0);
    };
    return handlers;
  }
  spdlog::sinks::rotating_file_sink_st rotating;
};

LogFile::LogFile(Settings settings) : settings_(std::move(settings)) {}
LogFile::LogFile(LogFile&&) noexcept = default;
LogFile& LogFile::operator=(LogFile&&) noexcept = default;
LogFile::~LogFile() = default;

Result<LogFile> LogFile::open(Settings settings) {
  LogFile file(std::move(settings));
  try {
    file.sink_ = std::make_unique<Sink>(file.settings_);
    if (ends_in_a_cut_line(file.settings_.path)) file.sink_->write("\n");
  } catch (const std::exception& failure) {
    return fail(ErrorCode::InvalidConfiguration,
                "the log file '" + file.settings_.path.string() + "' cannot be opened",
                failure.what());
  }
  return file;
}

bool LogFile::ensure_open() {
  if (sink_) return true;
  auto fresh = open(settings_);
  if (!fresh) return false;
  sink_ = std::move(fresh->sink_);
  return true;
}

bool LogFile::write(std::string_view lines) {
  if (failed_) return false;
  try {
    if (ensure_open()) {
      sink_->write(lines);
      return true;
    }
  } catch (const std::exception&) {
    sink_.reset();
  }
  failed_ = true;
  return false;
}

bool LogFile::flush() {
  bool kept = !std::exchange(failed_, false);
  try {
    if (sink_) sink_->rotating.flush();
  } catch (const std::exception&) {
    sink_.reset();
    kept = false;
  }
  return kept;
}

void LogFile::reopen() {
  sink_.reset();
}

}  // namespace apiforge::observe
