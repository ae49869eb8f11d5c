#include "analyzer/lsp/settle.h"

#include "analyzer/lsp/rule_document.h"

namespace assay::lsp {
namespace {

std::string with(std::string text, const std::optional<Insertion>& change) {
  if (!change) return "nothing";
  return text.insert(change->first, change->second);
}
std::string settled(const std::string& config) { return with(config, suppression_entry(config, "AWS0101", "a/b.json", "Site")); }

constexpr char kEntry[] = "  - rule: AWS0101\n    paths: [\"/a/b.json\"]\n    resources: [\"Site\"]\n    reason: \"accepted: say why\"\n";

TEST(SuppressionEntry, GoesBelowTheLastOrIntoAListOfItsOwn) {
  const std::string list = std::string("suppressions:\n") + kEntry;
  EXPECT_EQ(settled(""), list);
  EXPECT_EQ(settled("maybe: true"), "maybe: true\n" + list);
  EXPECT_EQ(settled("suppressions:\n  - rule: X\n    reason: y\nmaybe: true\n"), "suppressions:\n  - rule: X\n    reason: y\n" + std::string(kEntry) + "maybe: true\n");
  EXPECT_EQ(settled("suppressions:\n- rule: X  # why").substr(0, 42), "suppressions:\n- rule: X  # why\n- rule: AWS");
  EXPECT_EQ(settled("suppressions: []\n"), "nothing");
  EXPECT_EQ(settled("suppressions: [{rule: X}]\n"), "nothing");
  EXPECT_EQ(settled("{maybe: true}\n"), "nothing");
  EXPECT_EQ(settled("- a\n"), "nothing");
  // An address that a glob reads otherwise is left out.
  EXPECT_EQ(suppression_entry("", "R", "p", "b[0]")->second.find("resources"), std::string::npos);
}

TEST(BaselineEntry, IsTheLastOfTheList) {
  auto added = [](const std::string& text) { return with(text, baseline_entry(text, "{\"rule\": \"R\"}")); };
  EXPECT_EQ(added("{\"version\": 1, \"tool\": \"assay\", \"findings\": []}\n"), "{\"version\": 1, \"tool\": \"assay\", \"findings\": [\n{\"rule\": \"R\"}\n]}\n");
  EXPECT_EQ(added("{\"version\": 1, \"tool\": \"assay\", \"findings\": [\n{\"rule\": \"Q\"}\n]}\n"),
            "{\"version\": 1, \"tool\": \"assay\", \"findings\": [\n{\"rule\": \"Q\"},\n{\"rule\": \"R\"}\n]}\n");
  EXPECT_EQ(added("{\"runs\": []}"), "nothing");
  EXPECT_EQ(added(""), "nothing");
}

TEST(RuleText, IsMarkdownWithAnIdThatJudges) {
  EXPECT_TRUE(is_rule_text("/p/a.md", "---\nid: X0001\nseverity: high\n---\n"));
  EXPECT_FALSE(is_rule_text("/p/a.txt", "---\nid: X0001\nseverity: high\n---\n"));
  EXPECT_FALSE(is_rule_text("/p/a.md", "---\nid: x\ntitle: y\n---\nseverity: high\n"));
  EXPECT_FALSE(is_rule_text("/p/a.md", "# id: X\n"));
}

}  // namespace
}  // namespace assay::lsp
