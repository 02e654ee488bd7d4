#include "declarative/document.hpp"

#include <gtest/gtest.h>

namespace apiforge::declarative {
namespace {

Node parsed(std::string_view text) {
  auto node = parse_document(text);
  EXPECT_TRUE(node) << text << ": " << (node ? "" : node.error()[0].message);
  return node.value_or(Node{});
}

std::vector<DocumentFault> faults(std::string_view text, const DocumentLimits& limits = {}) {
  auto node = parse_document(text, limits);
  EXPECT_FALSE(node) << text;
  return node ? std::vector<DocumentFault>{} : node.error();
}

TEST(Document, RemembersWhereThingsStand) {
  const Node root = parsed("a: 1\nlist:\n  - x\n  - {key: 'y'}\n");
  EXPECT_EQ(root.entries[1].key_position, (Position{2, 1}));
  EXPECT_EQ(locate(root, "/a"), (Position{1, 4}));
  EXPECT_EQ(locate(root, "/list/1/key"), (Position{4, 11}));
}

TEST(Document, LocatesWhatIsMissingAtTheNearestNodeAbove) {
  const Node root = parsed("list:\n  - {key: y}\n");
  EXPECT_EQ(locate(root, "/list/0/absent/deeper"), (Position{2, 5}));
  EXPECT_EQ(locate(root, "/absent"), (Position{1, 1}));
  EXPECT_EQ(locate(root, "/list/7"), locate(root, "/list"));
}

TEST(Document, LocatesKeysThatHoldASlash) {
  EXPECT_EQ(locate(parsed("a: {x: 1, b/c~d: 2}"), "/a/b~1c~0d"), (Position{1, 18}));
}

TEST(Document, TellsQuotedFromPlainScalars) {
  const Node root = parsed("[5, '5', \"5\", !!str 5, , ~]");
  EXPECT_TRUE(root.items[0].is_plain);
  for (const std::size_t i : {1u, 2u, 3u}) EXPECT_FALSE(root.items[i].is_plain) << i;
  EXPECT_EQ(root.items.back().kind, NodeKind::Null);
}

TEST(Document, OfNothingIsNull) {
  for (const char* text : {"", "\n", "# only a comment", "---\n", "...\n"}) {
    EXPECT_EQ(parsed(text).kind, NodeKind::Null) << text;
  }
}

TEST(Document, ExpandsAliasesAndMerges) {
  const Node root = parsed(
      "base: &base {a: 1, b: 2}\n"
      "copy: *base\n"
      "more: {<<: *base, b: 3}\n"
      "list: {<<: [{c: 1}, {c: 2, d: 3}]}\n");
  EXPECT_EQ(root.find("copy")->find("b")->scalar, "2");
  EXPECT_EQ(root.find("more")->find("a")->scalar, "1");
  EXPECT_EQ(root.find("more")->find("b")->scalar, "3");
  EXPECT_EQ(root.find("list")->find("c")->scalar, "1");
  EXPECT_EQ(root.find("list")->find("d")->scalar, "3");
}

TEST(Document, NamesEveryDuplicateKey) {
  const auto found = faults("a: 1\nb: {c: 1, c: 2}\na: 3\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].position, (Position{2, 11}));
  EXPECT_EQ(found[1].position, (Position{3, 1}));
}

TEST(Document, RefusesWhatIsNoYaml) {
  EXPECT_EQ(faults("a: [1, 2\nb: 3\n")[0].message.substr(0, 23), "this is not valid YAML:");
  EXPECT_EQ(faults("a: *nowhere")[0].position.line, 1);
  EXPECT_EQ(faults(std::string_view("a: \0", 4))[0].message, "the file is not text");
}

TEST(Document, RefusesAFileThatWasCutOff) {
  for (const char* text : {"a: \"cut off\n", "a: 'cut off", "a: [1, 2", "a: {b: 1\n"}) {
    EXPECT_EQ(faults(text)[0].message, "the file ends in the middle of something") << text;
  }
}

TEST(Document, KeepsTheLineBreaksOfBlocks) {
  EXPECT_EQ(parsed("a: |\n  x\n  y\n").find("a")->scalar, "x\ny\n");
  EXPECT_EQ(parsed("a: |-\n  x\n").find("a")->scalar, "x");
  EXPECT_EQ(parsed("a: >\n  x\n  y\nb: 1").find("a")->scalar, "x y\n");
}

TEST(Document, RefusesTagsOddKeysAndASecondDocument) {
  EXPECT_EQ(faults("a: !!binary aGk=")[0].message, "tags are not supported here");
  EXPECT_EQ(faults("? [a]\n: 1\n")[0].message, "a key must be text");
  EXPECT_EQ(faults("a: 1\n---\nb: 2\n")[0].position.line, 2);
}

TEST(Document, RefusesAnAliasInsideItsAnchor) {
  EXPECT_EQ(faults("a: &a [*a]")[0].message, "an alias must not stand inside its own anchor");
}

TEST(Document, StopsAtABillionLaughs) {
  std::string text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) text += (j ? ", " : "") + before;
    text += "]\n";
  }
  EXPECT_EQ(faults(text)[0].message, "the document, with its aliases expanded, is too large");
}

TEST(Document, StopsAtDeepNestingWrittenOrAliased) {
  EXPECT_EQ(faults(std::string(5'000, '['))[0].message, "maps and lists are nested too deeply");
  std::string text = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            "]\n";
  }
  EXPECT_EQ(faults(text)[0].message, "maps and lists are nested too deeply");
}

TEST(Document, StopsAtALargeScalarRepeated) {
  const std::string text = "a: &a " + std::string(1'000, 'x') + "\nb: [*a, *a, *a, *a]\n";
  DocumentLimits limits;
  limits.max_scalar_bytes = 4'000;
  EXPECT_EQ(faults(text, limits)[0].message,
            "the document, with its aliases expanded, is too large");
}

TEST(Document, StopsAtALargeFile) {
  DocumentLimits limits;
  limits.max_bytes = 3;
  EXPECT_EQ(faults("a: 1", limits)[0].message, "the file is too large");
}

}  // namespace
}  // namespace apiforge::declarative
