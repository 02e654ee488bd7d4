#include "declarative/load.hpp"

#include <algorithm>
#include <tuple>

#include "base/in_quotes.hpp"
#include "base/json_pointer.hpp"
#include "declarative/cursor.hpp"
#include "declarative/document.hpp"
#include "declarative/format.hpp"
#include "declarative/json_node.hpp"
#include "model/validate.hpp"

namespace apiforge::declarative {
namespace {

bool is_plain_key(std::string_view key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

void append_step(std::string& path, std::string_view token) {
  const bool is_index =
      std::ranges::all_of(token, [](char c) { return c >= '0' && c <= '9'; }) && !token.empty();
  if (is_index) {
    path += "[" + std::string(token) + "]";
  } else if (is_plain_key(token)) {
    path += (path.empty() ? "" : ".") + std::string(token);
  } else {
    path += "[" + in_quotes(token) + "]";
  }
}

/// `/apis/0/name` as people write it: `apis[0].name`.
std::string member_path(std::string_view pointer) {
  std::string path;
  while (pointer.starts_with('/')) {
    append_step(path, take_json_pointer_token(pointer));
  }
  return path;
}

/// Whether the value at `pointer` could not be read, so that validation saw a default in its place.
bool was_not_read(std::string_view pointer, const std::vector<ReadFault>& faults) {
  return std::ranges::any_of(faults, [&](const ReadFault& fault) {
    return pointer.starts_with(fault.pointer) &&
           (pointer.size() == fault.pointer.size() || pointer[fault.pointer.size()] == '/');
  });
}

std::vector<FileFault> to_file_faults(std::vector<ReadFault> faults, std::string_view file) {
  std::ranges::sort(faults, {}, [](const ReadFault& fault) {
    return std::tie(fault.position, fault.pointer, fault.message);
  });
  if (faults.size() > kMaxFaults) faults.resize(kMaxFaults);
  std::vector<FileFault> result;
  for (ReadFault& fault : faults) {
    result.push_back({std::string(file), fault.position.line, fault.position.column,
                      member_path(fault.pointer), std::move(fault.message)});
  }
  return result;
}

std::vector<FileFault> to_file_faults(const std::vector<DocumentFault>& faults,
                                      std::string_view file) {
  std::vector<ReadFault> unnamed;
  for (const auto& fault : faults) unnamed.push_back({fault.position, "", fault.message});
  return to_file_faults(std::move(unnamed), file);
}

}  // namespace

std::string to_string(const FileFault& fault) {
  std::string text =
      fault.file + ":" + std::to_string(fault.line) + ":" + std::to_string(fault.column) + ": ";
  if (!fault.member.empty()) text += fault.member + ": ";
  return text + fault.message;
}

namespace {

/// The same node with the references in its texts replaced; they were found good before.
Node expanded(const Node& node, const SecretResolver& resolver) {
  Node result = node;
  if (node.kind == NodeKind::Scalar) {
    auto text = expand_references(node.scalar, resolver);
    if (text && *text != node.scalar) {
      result.scalar = *std::move(text);
      result.is_plain = false;
    }
  }
  for (Node& item : result.items) item = expanded(item, resolver);
  for (MapEntry& entry : result.entries) entry.value = expanded(entry.value, resolver);
  return result;
}

}  // namespace

std::expected<Secret, std::vector<FileFault>> catalogue_to_send(
    std::string_view text, std::string_view file_name, const SecretResolver& resolver,
    const std::vector<std::string>& known_connectors) {
  const auto loaded = load_configuration(text, file_name, resolver, known_connectors);
  if (!loaded) return std::unexpected(loaded.error());
  Node document = *parse_document(text);
  std::erase_if(document.entries, [](const MapEntry& entry) {
    return entry.value.kind == NodeKind::Null ||
           std::ranges::find(kCatalogueMembers, entry.key) == kCatalogueMembers.end();
  });
  return Secret(json_text_of(expanded(document, resolver)));
}

std::expected<model::Configuration, std::vector<FileFault>> load_configuration(
    std::string_view text, std::string_view file_name, const SecretResolver& resolver,
    const std::vector<std::string>& known_connectors) {
  const auto document = parse_document(text);
  if (!document) return std::unexpected(to_file_faults(document.error(), file_name));

  Reading reading{&resolver};
  model::Configuration configuration = read_configuration(Cursor(*document, "", reading));
  if (reading.faults.size() >= kMaxFaults) {
    return std::unexpected(to_file_faults(std::move(reading.faults), file_name));
  }
  const std::vector<ReadFault> unread = reading.faults;
  for (auto& fault : model::validate(configuration, known_connectors)) {
    if (was_not_read(fault.pointer, unread)) continue;
    reading.faults.push_back(
        {locate(*document, fault.pointer), fault.pointer, std::move(fault.message)});
  }
  if (reading.faults.empty()) return configuration;
  return std::unexpected(to_file_faults(std::move(reading.faults), file_name));
}

}  // namespace apiforge::declarative
