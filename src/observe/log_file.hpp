// LogFile: a file of lines that grows to a size, then is renamed and begun anew. Outlives a full
// disk and logrotate: after a failure it is opened again. Log thread only; owned by LogSink.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/error.hpp"

namespace apiforge::observe {

class LogFile {
 public:
  struct Settings {
    std::filesystem::path path;           ///< its folder is created
    std::size_t max_bytes = 64ull << 20;  ///< then `name.log` becomes `name.1.log`, and so on
    std::size_t max_files = 10;           ///< renamed files that are kept
  };

  /// Opens for appending; InvalidConfiguration when that is not possible.
  static Result<LogFile> open(Settings settings);
  LogFile(LogFile&&) noexcept;
  LogFile& operator=(LogFile&&) noexcept;
  ~LogFile();

  /// Whole lines. False when they could not be written; then nothing is tried until `flush`.
  bool write(std::string_view lines);
  /// Hands what was written to the operating system. False when any of it is lost.
  bool flush();
  /// Opens the path anew with the next line, as logrotate wants it. Call `flush` first.
  void reopen();

 private:
  struct Sink;
  explicit LogFile(Settings settings);
  bool ensure_open();

  Settings settings_;
  std::unique_ptr<Sink> sink_;  ///< null while the file is closed
  bool failed_ = false;         ///< since the last flush
};

}  // namespace apiforge::observe
