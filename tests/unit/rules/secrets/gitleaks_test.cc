#include "rules/secrets/gitleaks.h"

#include <gtest/gtest.h>

#include "rules/secrets/sample.h"
#include "rules/secrets/toml.h"

namespace assay::rules::secrets {
namespace {

TEST(TomlTest, ReadsTablesStringsAndLists) {
  TomlDocument document = parse_toml(R"(title = "a \"b\" \u00e9" # comment
[a.b]
raw = 'C:\x'
many = '''
first
second'''
list = [ 1, 2_000, 0x10, # in between
  3.5, true, "x", { k = 'v', n.m = 1 } ]
"quoted key" = 2024-05-01
[[rules]]
id = "one"
  [rules.allowlist]
  paths = ["p"]
[[rules]]
id = """two\
   lines"""
)");
  ASSERT_TRUE(document.errors.empty()) << document.errors[0].message;
  EXPECT_EQ(document.root.find("title")->text, "a \"b\" \u00e9");
  const TomlValue* table = document.root.find("a")->find("b");
  EXPECT_EQ(table->find("raw")->text, "C:\\x");
  EXPECT_EQ(table->find("many")->text, "first\nsecond");
  const TomlValue* list = table->find("list");
  ASSERT_EQ(list->items.size(), 7u);
  EXPECT_EQ(list->items[1].number, 2000);
  EXPECT_EQ(list->items[2].number, 16);
  EXPECT_EQ(list->items[3].number, 3.5);
  EXPECT_TRUE(list->items[4].boolean);
  EXPECT_EQ(list->items[6].find("n")->find("m")->number, 1);
  EXPECT_EQ(table->find("quoted key")->kind, TomlValue::Kind::kDate);
  const TomlValue* rules = document.root.find("rules");
  ASSERT_EQ(rules->items.size(), 2u);
  EXPECT_EQ(rules->items[0].find("allowlist")->find("paths")->items[0].text, "p");
  EXPECT_EQ(rules->items[1].find("id")->text, "twolines");
  EXPECT_EQ(rules->items[1].line, 14u);
}

TEST(TomlTest, MistakesHaveTheirLineAndTheRestIsRead) {
  TomlDocument document = parse_toml("a = 1\nb = word\nc = \"open\nd = [1, 2\n");
  ASSERT_EQ(document.errors.size(), 3u);
  EXPECT_EQ(document.errors[0].line, 2u);
  EXPECT_NE(document.errors[0].message.find("quotes"), std::string::npos);
  EXPECT_EQ(document.errors[1].line, 3u);
  EXPECT_EQ(document.errors[2].line, 4u);
  EXPECT_EQ(document.root.find("a")->number, 1);
  EXPECT_FALSE(parse_toml("a = 1\na = 2").errors.empty());
  EXPECT_FALSE(parse_toml("[a]\n[a]").errors.empty());
  EXPECT_FALSE(parse_toml("[a").errors.empty());
  EXPECT_FALSE(parse_toml("a = 1 b = 2").errors.empty());
  EXPECT_FALSE(parse_toml("a = {b = 1}\n[a.c]").errors.empty());
  EXPECT_FALSE(parse_toml("a = " + std::string(5000, '[')).errors.empty());
}

std::vector<std::string> found(std::string_view toml, std::string_view text, std::string_view path = "src/app.env") {
  GitleaksConfig config;
  config.read(toml);
  EXPECT_TRUE(config.errors().empty()) << config.errors()[0].message;
  std::vector<Match> matches;
  find_all(text, {.syntax = Syntax::kPlain, .whole_file = true}, matches);
  if (config.allows_path(path)) matches.clear();
  else config.apply(path, text, matches);
  std::vector<std::string> out;
  for (const Match& match : matches) out.push_back(std::string(match.kind) + "=" + std::string(text.substr(match.begin, match.end - match.begin)));
  return out;
}
using Found = std::vector<std::string>;

constexpr std::string_view kRule = R"(
[[rules]]
id = "acme"
regex = '''(?i)acme[_-]key\s*=\s*([a-z0-9-]{8,})'''
keywords = ["ACME"]
)";

TEST(GitleaksTest, OwnRulesFindTheirGroup) {
  EXPECT_EQ(found(kRule, "ACME_KEY = abcd-1234-ef"), Found{"acme=abcd-1234-ef"});
  EXPECT_EQ(found(kRule, "other = abcd-1234-ef"), Found{});
  EXPECT_EQ(found(std::string(kRule) + "secretGroup = 1\nentropy = 4.5\n", "acme_key = abcd-1234-ef"), Found{});
  EXPECT_EQ(found(std::string(kRule) + "path = '''\\.tf$'''\n", "acme_key = abcd-1234-ef"), Found{});
  EXPECT_EQ(found("[[rules]]\nid = \"p12\"\npath = '''\\.env$'''\n", "anything\nelse here"), Found{"p12=anything"});
}

TEST(GitleaksTest, AllowListsOfRulesAndOfAll) {
  constexpr std::string_view kText = "acme_key = abcd-1234-ef # sample";
  auto with = [&](std::string_view list) { return found(std::string(kRule) + std::string(list), kText).empty(); };
  EXPECT_TRUE(with("[rules.allowlist]\nregexes = ['''^abcd''']\n"));
  EXPECT_FALSE(with("[rules.allowlist]\nregexes = ['''sample''']\n"));
  EXPECT_TRUE(with("[rules.allowlist]\nregexTarget = \"line\"\nregexes = ['''sample''']\n"));
  EXPECT_TRUE(with("[rules.allowlist]\nregexTarget = \"match\"\nregexes = ['''acme_key''']\n"));
  EXPECT_TRUE(with("[[rules.allowlists]]\nstopwords = [\"1234\"]\n"));
  EXPECT_TRUE(with("[[rules.allowlists]]\npaths = ['''^src/''']\n"));
  EXPECT_FALSE(with("[[rules.allowlists]]\ncondition = \"AND\"\npaths = ['''^src/''']\nstopwords = [\"none\"]\n"));
  EXPECT_TRUE(with("[[rules.allowlists]]\ncondition = \"AND\"\npaths = ['''^src/''']\nstopwords = [\"1234\"]\n"));
  EXPECT_FALSE(with("[[rules.allowlists]]\ncommits = [\"abc\"]\n"));
  EXPECT_TRUE(with("[allowlist]\npaths = ['''app\\.env''']\n"));
  EXPECT_TRUE(with("[[allowlists]]\ntargetRules = [\"acme\"]\nstopwords = [\"abcd\"]\n"));
  EXPECT_FALSE(with("[[allowlists]]\ntargetRules = [\"other\"]\nstopwords = [\"abcd\"]\n"));
}

TEST(GitleaksTest, BuiltInDetectionFollowsTheConfiguration) {
  std::string token = *sample_of("gitlab-token");
  std::string text = "CI_TOKEN=" + token + "\n";
  EXPECT_EQ(found("", text), Found{"gitlab-token=" + token});
  EXPECT_EQ(found("[extend]\nuseDefault = true\ndisabledRules = [\"gitlab-pat-routable\"]\n", text), Found{});
  EXPECT_EQ(found("[allowlist]\nregexes = ['''^glpat-''']\n", text), Found{});
  EXPECT_EQ(found("[[rules]]\nid = \"gitlab-pat-routable\"\n[rules.allowlist]\npaths = ['''src''']\n", text), Found{});
  EXPECT_EQ(found("[[rules]]\nid = \"gitlab-pat-routable\"\n[rules.allowlist]\npaths = ['''lib''']\n", text), Found{"gitlab-token=" + token});
}

TEST(GitleaksTest, MistakesAreErrorsAndWhatCannotBeUsedIsSaid) {
  GitleaksConfig config;
  config.read("[[rules]]\nid = \"a\"\nregex = '''(?!x)y'''\n[[rules]]\nid = \"b\"\nregexp = \"x\"\nentropy = \"high\"\n[[rules]]\nregex = \"x\"\n"
              "[[rules]]\nid = \"c\"\nregex = \"(\"\n[extend]\nurl = \"https://x\"\npath = \"base.toml\"\n");
  ASSERT_EQ(config.errors().size(), 3u);
  EXPECT_EQ(config.errors()[0].line, 7u);
  EXPECT_NE(config.errors()[1].message.find("did you mean \"regex\""), std::string::npos) << config.errors()[1].message;
  EXPECT_NE(config.errors()[2].message.find("id is missing"), std::string::npos);
  size_t lost = 0;
  for (const GitleaksNote& note : config.notes()) lost += note.lost;
  EXPECT_EQ(lost, 2u) << "look-around, and an expression that is none";
  EXPECT_EQ(config.take_extends(), "base.toml");
  EXPECT_EQ(config.take_extends(), "");
}

TEST(GitleaksTest, KnownFindings) {
  GitleaksConfig config;
  config.read_ignored("# known\nsrc/a.env:generic-api-key:3\n0123456789abcdef:src/b.env:jwt:7\nnothing\n");
  EXPECT_TRUE(config.is_ignored("src/a.env", "generic-api-key", 3));
  EXPECT_FALSE(config.is_ignored("src/a.env", "generic-api-key", 4));
  EXPECT_TRUE(config.is_ignored("src/b.env", "jwt", 7));
}

}  // namespace
}  // namespace assay::rules::secrets
