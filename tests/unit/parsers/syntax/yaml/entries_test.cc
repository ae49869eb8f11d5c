#include "parsers/syntax/yaml/entries.h"

#include "parsers/syntax/yaml/reader.h"

namespace assay::syntax {
namespace {

std::string entries(const std::string& text, const char* key, MergeRule rule = MergeRule::kExplicitWins) {
  auto tree = read_yaml(0, text);
  EXPECT_TRUE(tree->accepted);
  std::string out;
  for_each_entry(*lookup(*tree->root->child(0)->child(0), key), [&](const Entry& entry) {
    out += std::string(entry.key->text) + "=" + (entry.value ? std::string(entry.value->text) : "?") + " ";
  }, rule);
  return out;
}

const char* kMerge =
    "b: &b {x: 1, y: 2}\nd: &d {y: 3, z: 4}\n"
    "one: {x: 5, <<: *b}\nfirst: {<<: *b, x: 5}\nmany: {<<: [*b, *d], w: 0}\n"
    "quoted: {\"<<\": *b}\ninline: {<<: {q: 1}, r: 2}\nnested: {<<: {<<: *b, x: 9}}\n";

TEST(YamlEntries, ExplicitKeysWinAndEarlierMergesWin) {
  EXPECT_EQ(entries(kMerge, "one"), "x=5 y=2 ");
  EXPECT_EQ(entries(kMerge, "first"), "x=5 y=2 ");
  EXPECT_EQ(entries(kMerge, "many"), "w=0 x=1 y=2 z=4 ");
  EXPECT_EQ(entries(kMerge, "inline"), "r=2 q=1 ");
  EXPECT_EQ(entries(kMerge, "nested"), "x=9 y=2 ");
  EXPECT_EQ(entries(kMerge, "quoted"), "<<= ");
}

TEST(YamlEntries, KubernetesLetsTheLastWin) {
  EXPECT_EQ(entries(kMerge, "one", MergeRule::kLastWins), "x=1 y=2 ");
  EXPECT_EQ(entries(kMerge, "first", MergeRule::kLastWins), "x=5 y=2 ");
  EXPECT_EQ(entries(kMerge, "many", MergeRule::kLastWins), "y=2 z=4 x=1 w=0 ");
}

TEST(YamlEntries, LookupFollowsMergesAndAliases) {
  auto tree = read_yaml(0, kMerge);
  const Node& map = *tree->root->child(0)->child(0);
  EXPECT_EQ(lookup(*lookup(map, "many"), "z")->text, "4");
  EXPECT_EQ(lookup(*lookup(map, "one"), "x")->text, "5");
  EXPECT_EQ(lookup(*lookup(map, "one"), "x", MergeRule::kLastWins)->text, "1");
  EXPECT_EQ(lookup(*lookup(map, "one"), "none"), nullptr);
  EXPECT_EQ(lookup_entry(*lookup(map, "many"), "y").pair,
            lookup(map, "b")->child(1));  // where it is written
  EXPECT_EQ(lookup(*tree->root, "b"), nullptr);
}

TEST(YamlEntries, WithoutMergesTheSourceOrderIsKept) {
  EXPECT_EQ(entries("m: {a: 1, b: 2, a: 3}\n", "m"), "a=1 b=2 a=3 ");
}

}  // namespace
}  // namespace assay::syntax
