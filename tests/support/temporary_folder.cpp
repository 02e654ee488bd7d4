#include "support/temporary_folder.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace apiforge::testing_support {

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "apiforge-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(std::string_view name, std::string_view text) const {
  const std::string half = file(std::string(name) + ".new");
  std::ofstream(half, std::ios::binary) << text;
  std::filesystem::rename(half, path_ / name);
  return file(name);
}

std::string TemporaryFolder::read(std::string_view name) const {
  std::ostringstream text;
  text << std::ifstream(path_ / name, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace apiforge::testing_support
