#include "app/dotenv.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.hpp"

namespace apiforge::app {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::string_view kExport = "export";

/// A value, or what is wrong with it.
using Value = std::expected<std::string, std::string>;

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

bool is_name(std::string_view name) {
  const bool starts_with_digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
  return !name.empty() && !starts_with_digit && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// What may follow a closing quote: nothing, or a comment.
bool ends_line(std::string_view rest) {
  rest = trim(rest);
  return rest.empty() || rest.front() == '#';
}

std::optional<char> escaped(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '"':
    case '\\':
    case '$':
      return c;
    default:
      return std::nullopt;
  }
}

Value single_quoted(std::string_view text) {
  const auto close = text.find('\'');
  if (close == std::string_view::npos) return std::unexpected("the quote is not closed");
  if (!ends_line(text.substr(close + 1))) return std::unexpected("text follows the closing quote");
  return std::string(text.substr(0, close));
}

Value double_quoted(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      if (ends_line(text.substr(i + 1))) return value;
      return std::unexpected("text follows the closing quote");
    }
    if (text[i] != '\\') {
      value += text[i];
      continue;
    }
    const auto character = ++i < text.size() ? escaped(text[i]) : std::nullopt;
    if (!character) return std::unexpected("only \\n, \\r, \\t, \\\", \\\\ and \\$ are known");
    value += *character;
  }
  return std::unexpected("the quote is not closed");
}

Value plain(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool comment = text[i] == '#' && (i == 0 || is_space(text[i - 1]));
    if (comment) return std::string(trim(text.substr(0, i)));
  }
  return std::string(trim(text));
}

Value read_value(std::string_view text) {
  const auto value = trim(text);
  if (value.starts_with('\'')) return single_quoted(value.substr(1));
  if (value.starts_with('"')) return double_quoted(value.substr(1));
  // Not trimmed: in `A= # note` the comment needs the space before it.
  return plain(text);
}

std::string_view without_export(std::string_view line) {
  if (!line.starts_with(kExport) || line.size() == kExport.size()) return line;
  if (!is_space(line[kExport.size()])) return line;
  return trim(line.substr(kExport.size()));
}

std::expected<DotenvEntry, std::string> read_line(std::string_view line) {
  if (line.find('\0') != std::string_view::npos) return std::unexpected("the line is not text");
  line = without_export(line);
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return std::unexpected("expected NAME=value");
  const auto name = trim(line.substr(0, equals));
  if (!is_name(name)) {
    return std::unexpected("the name must be of letters, digits and _ and not begin with a digit");
  }
  auto value = read_value(line.substr(equals + 1));
  if (!value) return std::unexpected(std::string(name) + ": " + value.error());
  return DotenvEntry{std::string(name), std::move(*value), 1};
}

}  // namespace

std::expected<std::vector<DotenvEntry>, std::vector<DotenvFault>> parse_dotenv(
    std::string_view text) {
  std::vector<DotenvEntry> entries;
  std::vector<DotenvFault> faults;
  std::map<std::string, int> first_lines;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim(line);
    if (line.empty() || line.front() == '#') continue;

    auto entry = read_line(line);
    if (!entry) {
      faults.push_back({number, std::move(entry.error())});
      continue;
    }
    entry->line = number;
    const auto [first, is_new] = first_lines.emplace(entry->name, number);
    if (!is_new) {
      faults.push_back(
          {number, entry->name + " was set before, in line " + std::to_string(first->second)});
    }
    entries.push_back(std::move(*entry));
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return entries;
}

}  // namespace apiforge::app
