#include <nlohmann/json.hpp>

#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

using Json = nlohmann::json;

class SarifTest : public ReportTest {
 protected:
  Json run() {
    Json out = Json::parse(write_sarif(report_, {}));
    EXPECT_EQ(out["version"], "2.1.0");
    EXPECT_EQ(out["runs"].size(), 1u);
    return out["runs"][0];
  }
};

TEST_F(SarifTest, LevelsRanksAndSeverities) {
  core::FileId id = file("main.tf", "acl = x\n");
  struct Row {
    rules::Severity severity;
    const char *level, *score;
    double least, most;
  };
  std::vector<Row> rows = {{rules::Severity::kCritical, "error", "9.5", 9.1, 10}, {rules::Severity::kHigh, "error", "8.0", 7.0, 8.9},
                           {rules::Severity::kMedium, "warning", "5.5", 4.0, 6.9}, {rules::Severity::kLow, "note", "3.0", 0.1, 3.9},
                           {rules::Severity::kInfo, "note", "1.0", 0.1, 3.9}};
  for (const Row& row : rows) {
    report_.findings.clear();
    report_.rules[0].severity = row.severity;
    finding(at(id, "x")).severity = row.severity;
    Json out = run();
    const Json& result = out["results"][0];
    EXPECT_EQ(result["level"], row.level);
    EXPECT_EQ(result["kind"], "fail");
    const Json& rule = out["tool"]["driver"]["rules"][0];
    ASSERT_TRUE(rule["properties"]["security-severity"].is_string());
    EXPECT_EQ(rule["properties"]["security-severity"], row.score);
    double score = std::stod(rule["properties"]["security-severity"].get<std::string>());
    EXPECT_GE(score, row.least);
    EXPECT_LE(score, row.most);
    EXPECT_EQ(rule["defaultConfiguration"]["level"], row.level);
    EXPECT_EQ(result["rank"], static_cast<int>(score * 10 + 0.5));
  }
}

TEST_F(SarifTest, MaybeIsForReview) {
  core::FileId id = file("main.tf", "acl = x\n");
  rules::Finding& one = finding(at(id, "x"));
  one.verdict = rules::Verdict::kMaybe;
  one.witness = "var.on is true";
  one.depends_on = {"var.on"};
  Json result = run()["results"][0];
  EXPECT_EQ(result["kind"], "review");
  EXPECT_EQ(result["level"], "none");  // anything else is not allowed beside `review`
  EXPECT_EQ(result["message"]["text"], "the bucket is public, when var.on is true.");
  EXPECT_EQ(result["properties"]["dependsOn"], Json::array({"var.on"}));
}

TEST_F(SarifTest, RegionsSnippetsAndContext) {
  core::FileId id = file("main.tf", "a {\n  \xf0\x9f\x98\x80 = \"x\"\n}\nend\n");
  finding(at(id, "\"x\""));
  Json place = run()["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["region"]["startLine"], 2);
  EXPECT_EQ(place["region"]["startColumn"], 8);
  EXPECT_EQ(place["region"]["endColumn"], 11);
  EXPECT_EQ(place["region"]["byteOffset"], 13);
  EXPECT_EQ(place["region"]["byteLength"], 3);
  EXPECT_EQ(place["region"]["snippet"]["text"], "\"x\"");
  EXPECT_EQ(place["contextRegion"]["startLine"], 1);
  EXPECT_EQ(place["contextRegion"]["endLine"], 3);
  EXPECT_EQ(place["contextRegion"]["snippet"]["text"], "a {\n  \xf0\x9f\x98\x80 = \"x\"\n}");
  EXPECT_EQ(run()["columnKind"], "utf16CodeUnits");
}

TEST_F(SarifTest, ContextAtTheEdgesOfAFile) {
  core::FileId id = file("main.tf", "only");
  finding(at(id, "only"));
  Json place = run()["results"][0]["locations"][0]["physicalLocation"];
  EXPECT_EQ(place["contextRegion"]["startLine"], 1);
  EXPECT_EQ(place["contextRegion"]["endLine"], 1);
  EXPECT_EQ(place["contextRegion"]["snippet"]["text"], "only");
}

TEST_F(SarifTest, UrisAreEscapedAndRelativeToTheRepository) {
  report_.repository_prefix = "in fra/";
  core::FileId id = file("a b/%25#?[0]/\xc3\xa4:.tf", "x\n");
  finding(at(id, "x"));
  Json out = run();
  std::string uri = "in%20fra/a%20b/%2525%23%3F%5B0%5D/%C3%A4%3A.tf";
  EXPECT_EQ(out["artifacts"][0]["location"]["uri"], uri);
  const Json& location = out["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
  EXPECT_EQ(location["uri"], uri);
  EXPECT_EQ(location["uriBaseId"], "SRCROOT");
  EXPECT_EQ(location["index"], 0);
}

TEST_F(SarifTest, ChainsAreCodeFlows) {
  core::FileId id = file("main.tf", "acl = var.acl\nx = \"public\"\n");
  rules::Finding& one = finding(at(id, "\"public\""));
  one.origin = {{at(id, "\"public\""), "literal"}, {{}, "nowhere"}, {at(id, "var.acl"), "reference var.acl"}};
  Json result = run()["results"][0];
  const Json& steps = result["codeFlows"][0]["threadFlows"][0]["locations"];
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0]["location"]["message"]["text"], "literal.");
  EXPECT_EQ(steps[0]["executionOrder"], 1);
  EXPECT_EQ(steps[0]["importance"], "essential");
  EXPECT_EQ(steps[1]["location"]["physicalLocation"]["region"]["startLine"], 1);
  EXPECT_EQ(result["relatedLocations"].size(), 1u);
  EXPECT_EQ(result["relatedLocations"][0]["id"], 1);
  report_.findings[0].origin.resize(1);
  EXPECT_FALSE(run()["results"][0].contains("codeFlows"));
}

TEST_F(SarifTest, SuppressionsKeepTheirReason) {
  core::FileId id = file("main.tf", "acl = x # assay:ignore\n");
  finding(at(id, "x")).suppressed = rules::Suppression{"inSource", "known", "", at(id, "# assay:ignore")};
  Json one = run()["results"][0]["suppressions"][0];
  EXPECT_EQ(one["kind"], "inSource");
  EXPECT_EQ(one["status"], "accepted");
  EXPECT_EQ(one["justification"], "known");
  EXPECT_EQ(one["location"]["physicalLocation"]["region"]["startColumn"], 9);
}

TEST_F(SarifTest, ProblemsAreNotifications) {
  core::FileId id = file("main.tf", "acl = x\n");
  core::add_problem(report_.problems, core::ProblemSeverity::kError, "hcl-syntax", "expected }", at(id, "x"));
  core::add_problem(report_.problems, core::ProblemSeverity::kNote, "a-note", "a remark");
  report_.exit_code = 3;
  Json out = run();
  const Json& invocation = out["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], true);
  EXPECT_EQ(invocation["exitCode"], 3);
  const Json& notes = invocation["toolExecutionNotifications"];
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0]["level"], "error");
  EXPECT_EQ(notes[1]["level"], "note");
  EXPECT_FALSE(notes[1].contains("locations"));
  const Json& descriptors = out["tool"]["driver"]["notifications"];
  for (const Json& note : notes) {
    size_t index = note["descriptor"]["index"];
    ASSERT_LT(index, descriptors.size());
    EXPECT_EQ(descriptors[index]["id"], note["descriptor"]["id"]);
  }
  report_.exit_code = 2;
  EXPECT_EQ(run()["invocations"][0]["executionSuccessful"], false);
}

TEST_F(SarifTest, TaxonomyIndicesLeadToWhatTheyName) {
  core::FileId id = file("main.tf", "acl = x\n");
  report_.rules[0].cwe = {"CWE-732", "CWE-284"};
  report_.rules[0].controls = {{"cis-aws", "1.4", "2.1.5"}, {"isms-p", "", "2.6.1"}, {"cis-aws", "1.5", "2.1.1"}};
  report_.rules[1].cwe = {"CWE-798"};
  finding(at(id, "x"));
  finding(at(id, "acl"), 1);
  Json out = run();
  const Json& taxonomies = out["taxonomies"];
  ASSERT_EQ(taxonomies.size(), 4u);
  auto check = [&](const Json& reference) {
    size_t index = reference["toolComponent"]["index"];
    ASSERT_LT(index, taxonomies.size());
    EXPECT_EQ(taxonomies[index]["name"], reference["toolComponent"]["name"]);
    size_t taxon = reference["index"];
    ASSERT_LT(taxon, taxonomies[index]["taxa"].size());
    EXPECT_EQ(taxonomies[index]["taxa"][taxon]["id"], reference["id"]);
  };
  size_t checked = 0;
  for (const Json& rule : out["tool"]["driver"]["rules"]) {
    for (const Json& relation : rule["relationships"]) check(relation["target"]), ++checked;
  }
  for (const Json& result : out["results"]) {
    for (const Json& taxon : result["taxa"]) check(taxon), ++checked;
  }
  EXPECT_EQ(checked, 6u + 3u);
  const Json& supported = out["tool"]["driver"]["supportedTaxonomies"];
  for (size_t i = 0; i < supported.size(); ++i) {
    EXPECT_EQ(supported[i]["guid"], taxonomies[i]["guid"]);
  }
  // Rules by index.
  for (const Json& result : out["results"]) {
    EXPECT_EQ(out["tool"]["driver"]["rules"][result["ruleIndex"].get<size_t>()]["id"], result["ruleId"]);
  }
}

TEST_F(SarifTest, FixesAndFingerprints) {
  core::FileId id = file("main.tf", "acl = x\n");
  rules::Finding& one = finding(at(id, "x"));
  one.fix = rules::Fix{rules::FixKind::kSafe, "make it private", {{at(id, "x"), "private"}}};
  one.baseline = "unchanged";
  Json result = run()["results"][0];
  EXPECT_EQ(result["partialFingerprints"]["assay/v1"], one.fingerprint);
  EXPECT_TRUE(result["partialFingerprints"]["primaryLocationLineHash"].get<std::string>().ends_with(":1"));
  EXPECT_EQ(result["baselineState"], "unchanged");
  const Json& replacement = result["fixes"][0]["artifactChanges"][0]["replacements"][0];
  EXPECT_EQ(replacement["insertedContent"]["text"], "private");
  EXPECT_EQ(replacement["deletedRegion"]["byteOffset"], 6);
}

TEST_F(SarifTest, TagsKeepTheLimitAndTextsEndInAFullStop) {
  for (int i = 0; i < 40; ++i) report_.rules[0].tags.push_back("t" + std::to_string(i));
  report_.rules[0].what = std::string(5000, 'w');
  Json rule = run()["tool"]["driver"]["rules"][0];
  EXPECT_LE(rule["properties"]["tags"].size(), 20u);
  EXPECT_LE(rule["fullDescription"]["text"].get<std::string>().size(), 1024u);
  EXPECT_EQ(rule["shortDescription"]["text"], "A bucket is public.");
  EXPECT_EQ(rule["name"], "PublicAcl");
}

}  // namespace
}  // namespace assay::report
