// TemporaryFolder: a new folder for the files of one test, removed with everything in it. One
// thread; owned by the test.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace apiforge::testing_support {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// The path of `name` inside the folder.
  std::string file(std::string_view name) const { return (path_ / name).string(); }
  /// Writes a file in one step, so that a reader never sees half of it. Returns its path.
  std::string write(std::string_view name, std::string_view text) const;
  /// The text of a file; empty when there is none.
  std::string read(std::string_view name) const;

 private:
  std::filesystem::path path_;
};

}  // namespace apiforge::testing_support
