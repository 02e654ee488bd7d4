// Runs the examples of docs/transformation.md: a block with an operation, and behind it the line
// "`before` becomes `after`."
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <sstream>

#include "policy/transform_fixture.hpp"

namespace apiforge::policy {
namespace {

namespace json = boost::json;
using model::TransformKind;

constexpr std::array<std::pair<std::string_view, TransformKind>, 13> kKinds{{
    {"set_header", TransformKind::SetHeader},
    {"add_header", TransformKind::AddHeader},
    {"remove_header", TransformKind::RemoveHeader},
    {"rename_header", TransformKind::RenameHeader},
    {"set_query", TransformKind::SetQuery},
    {"add_query", TransformKind::AddQuery},
    {"remove_query", TransformKind::RemoveQuery},
    {"rename_query", TransformKind::RenameQuery},
    {"rewrite_path", TransformKind::RewritePath},
    {"set_json", TransformKind::SetJson},
    {"remove_json", TransformKind::RemoveJson},
    {"move_json", TransformKind::MoveJson},
    {"map_json", TransformKind::MapJson},
}};

std::string page() {
  std::ifstream file(APIFORGE_SOURCE_DIR "/docs/transformation.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string text_of(const json::object& object, std::string_view member) {
  const auto* value = object.if_contains({member.data(), member.size()});
  return value ? std::string(value->as_string()) : std::string();
}

model::TransformOperation operation_of(const json::object& object) {
  model::TransformOperation result;
  const auto kind = std::ranges::find(kKinds, text_of(object, "op"),
                                      [](const auto& entry) { return std::string(entry.first); });
  EXPECT_NE(kind, kKinds.end()) << text_of(object, "op");
  if (kind != kKinds.end()) result.kind = kind->second;
  result.name = text_of(object, "name");
  result.to = text_of(object, "to");
  result.value = text_of(object, "value");
  result.pattern = text_of(object, "pattern");
  result.pointer = text_of(object, "pointer");
  result.from = text_of(object, "from");
  if (const auto* value = object.if_contains("json")) result.json = json::serialize(*value);
  if (const auto* operations = object.if_contains("operations")) {
    for (const auto& inner : operations->as_array()) {
      result.operations.push_back(operation_of(inner.as_object()));
    }
  }
  return result;
}

std::string fields_after(const CompiledTransform& transform, std::string_view before) {
  std::vector<HeaderField> fields;
  while (!before.empty()) {
    const auto line = before.substr(0, before.find(", "));
    const auto colon = line.find(": ");
    fields.push_back({line.substr(0, colon), line.substr(colon + 2)});
    before.remove_prefix(std::min(before.size(), line.size() + 2));
  }
  std::string storage;
  EXPECT_TRUE(transform.edit_fields(fields, KnownCall(), storage));
  std::string after;
  for (const HeaderField& field : fields) {
    after.append(after.empty() ? "" : ", ").append(field.name).append(": ").append(field.value);
  }
  return after;
}

std::string target_after(const CompiledTransform& transform, std::string_view before) {
  const auto mark = std::min(before.find('?'), before.size());
  std::string path(before.substr(0, mark));
  std::string query(before.substr(std::min(mark + 1, before.size())));
  EXPECT_TRUE(transform.edit_target(path, query, KnownCall()));
  return query.empty() ? path : path + "?" + query;
}

std::string after(const CompiledTransform& transform, const std::string& before) {
  if (transform.changes_fields()) return fields_after(transform, before);
  if (transform.changes_target()) return target_after(transform, before);
  return transform.edit_body(before, KnownCall(), 1 << 20)->value_or(before);
}

TEST(TransformExamples, DoWhatThePageSays) {
  const std::string text = page();
  re2::StringPiece rest = text;
  std::string block;
  std::string before;
  std::string result;
  int examples = 0;
  const RE2 example("(?s)```json\n(.*?)\n```\n`([^`]*)` becomes `([^`]*)`\\.");
  while (RE2::FindAndConsume(&rest, example, &block, &before, &result)) {
    const auto operation = operation_of(json::parse(block).as_object());
    const auto transform = CompiledTransform::compile({operation}, TransformOf::Request);
    ASSERT_TRUE(transform) << transform.error().detail;
    EXPECT_EQ(after(*transform, before), result) << block;
    ++examples;
  }
  EXPECT_EQ(examples, 10);
  EXPECT_EQ(std::count(text.begin(), text.end(), '`') % 2, 0);
}

TEST(TransformExamples, NameEveryOperation) {
  const std::string text = page();
  for (const auto& [name, kind] : kKinds) {
    EXPECT_NE(text.find("| `" + std::string(name) + "` |"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace apiforge::policy
