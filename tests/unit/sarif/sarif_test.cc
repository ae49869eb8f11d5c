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
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x"));
  for (int i = 0; i < 40; ++i) report_.rules[0].tags.push_back("t" + std::to_string(i));
  report_.rules[0].what = std::string(5000, 'w');
  Json rule = run()["tool"]["driver"]["rules"][0];
  EXPECT_LE(rule["properties"]["tags"].size(), 20u);
  EXPECT_LE(rule["fullDescription"]["text"].get<std::string>().size(), 1024u);
  EXPECT_EQ(rule["shortDescription"]["text"], "A bucket is public.");
  EXPECT_EQ(rule["name"], "PublicAcl");
}

TEST_F(SarifTest, RulesAreThoseThatResultsName) {
  EXPECT_EQ(run()["tool"]["driver"]["rules"], Json::array());
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x"), 1).suppressed = rules::Suppression{"inSource", "known", "", at(id, "acl")};
  Json rules = run()["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(rules[0]["id"], report_.rules[1].id);
  // What is gone is a result, too.
  rules::GoneFinding gone;
  gone.rule = report_.rules[0].id;
  report_.comparison.gone.push_back(gone);
  Json out = run();
  ASSERT_EQ(out["tool"]["driver"]["rules"].size(), 2u);
  for (const Json& result : out["results"]) {
    EXPECT_EQ(out["tool"]["driver"]["rules"][result["ruleIndex"].get<size_t>()]["id"], result["ruleId"]);
  }
}

class GithubProfileTest : public ReportTest {
 protected:
  Json run() {
    left_out_.clear();
    WriteOptions options;
    options.category = category_;
    options.left_out = &left_out_;
    bytes_ = write_sarif_github(report_, options);
    Json out = Json::parse(bytes_);
    EXPECT_EQ(out["runs"].size(), 1u);
    return out["runs"][0];
  }
  static Json notices(const Json& run) {
    Json out = Json::array();
    if (!run["invocations"][0].contains("toolExecutionNotifications")) return out;
    for (const Json& notice : run["invocations"][0]["toolExecutionNotifications"]) {
      if (notice["descriptor"]["id"] == "report-limit") out.push_back(notice["message"]["text"]);
    }
    return out;
  }
  std::string category_, bytes_;
  std::vector<std::string> left_out_;
};

TEST_F(GithubProfileTest, HoldsWhatCountsRanked) {
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x")).severity = rules::Severity::kLow;
  finding(at(id, "x")).suppressed = rules::Suppression{"inSource", "", "", {}};
  finding(at(id, "x")).baseline = "unchanged";
  rules::Finding& maybe = finding(at(id, "x"), 1);
  maybe.verdict = rules::Verdict::kMaybe;
  maybe.witness = "var.on is true";
  finding(at(id, "x")).baseline = "new";
  report_.comparison.gone.push_back({"TST0009", rules::Severity::kHigh, "was there", "old.tf", 3, 1, 3, 4, "a.b", "a", "terraform", "f"});
  Json out = run();
  ASSERT_EQ(out["results"].size(), 3u);
  EXPECT_EQ(out["results"][0]["level"], "error");
  EXPECT_EQ(out["results"][0]["baselineState"], "new");
  // What hangs on something unknown is a note that says so.
  EXPECT_EQ(out["results"][1]["kind"], "fail");
  EXPECT_EQ(out["results"][1]["level"], "note");
  EXPECT_EQ(out["results"][1]["message"]["text"], "the bucket is public, when var.on is true.");
  EXPECT_EQ(out["results"][2]["properties"]["severity"], "low");
  EXPECT_EQ(out["tool"]["driver"]["rules"].size(), 2u);
  EXPECT_FALSE(out.contains("taxonomies"));
  EXPECT_EQ(out["automationDetails"]["id"], "assay/");
  EXPECT_TRUE(left_out_.empty());
  category_ = "infra/prod/";
  EXPECT_EQ(run()["automationDetails"]["id"], "infra/prod/");
}

TEST_F(GithubProfileTest, RulesWithoutResultsAreNotDescribed) {
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x"), 1);
  Json out = run();
  ASSERT_EQ(out["tool"]["driver"]["rules"].size(), 1u);
  EXPECT_EQ(out["tool"]["driver"]["rules"][0]["id"], "TST0002");
  EXPECT_EQ(out["results"][0]["ruleIndex"], 0);
}

TEST_F(GithubProfileTest, RulesAreAsSevereAsTheirFindings) {
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x")).severity = rules::Severity::kLow;
  finding(at(id, "x")).severity = rules::Severity::kMedium;
  Json rule = run()["tool"]["driver"]["rules"][0];
  EXPECT_EQ(rule["properties"]["security-severity"], "5.5");
  EXPECT_EQ(rule["properties"]["problem.severity"], "warning");
  EXPECT_EQ(rule["defaultConfiguration"]["level"], "warning");
  EXPECT_EQ(Json::parse(write_sarif(report_, {}))["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["security-severity"], "8.0");
}

TEST_F(GithubProfileTest, ThirtyThousandResultsAreCutAndSaid) {
  core::FileId id = file("main.tf", "acl = x\n");
  for (int i = 0; i < 30000; ++i) {
    rules::Finding& one = finding(at(id, "x"));
    one.severity = i % 10 == 9 ? rules::Severity::kCritical : i % 2 == 0 ? rules::Severity::kMedium : rules::Severity::kInfo;
    one.fingerprint = std::to_string(i);
  }
  Json out = run();
  ASSERT_EQ(out["results"].size(), 25000u);
  for (size_t i = 0; i < 3000; ++i) ASSERT_EQ(out["results"][i]["properties"]["severity"], "critical");
  EXPECT_EQ(out["results"][3000]["properties"]["severity"], "medium");
  EXPECT_EQ(notices(out), Json::array({"5000 of 30000 results are left out, since GitHub limits a run to 25000 results; kept are the "
                                       "most severe, down to info.",
                                       "GitHub shows the first 5000 of these 25000 results, the most severe."}));
  EXPECT_EQ(left_out_.size(), 2u);
  EXPECT_LT(bytes_.size(), 40u << 20);
}

TEST_F(GithubProfileTest, WhatWeighsTooMuchIsCut) {
  core::FileId id = file("main.tf", "acl = x\n");
  uint64_t state = 1;
  for (int i = 0; i < 6000; ++i) {
    std::string noise;
    for (int j = 0; j < 3000; ++j) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      noise += static_cast<char>('0' + (state >> 33) % 64);
    }
    finding(at(id, "x")).message = noise;
  }
  Json out = run();
  size_t kept = out["results"].size();
  EXPECT_LT(kept, 6000u);
  EXPECT_GT(kept, 2000u);
  EXPECT_NE(notices(out)[0].get<std::string>().find("an upload to 10 MB of gzip"), std::string::npos);
}

TEST_F(GithubProfileTest, FlowsAndPlacesAreLimited) {
  core::FileId id = file("main.tf", std::string(3000, 'x') + "\n");
  rules::Finding& one = finding({id, 0, 1});
  for (uint32_t i = 0; i < 2500; ++i) {
    one.origin.push_back({{id, i, i + 1}, "step"});
    one.related.push_back({{id, i, i + 1}, "place"});
  }
  report_.rules[0].tags.assign(30, "");
  for (int i = 0; i < 30; ++i) report_.rules[0].tags[static_cast<size_t>(i)] = "t" + std::to_string(i);
  report_.rules[0].title = std::string(3000, 't');
  report_.rules[0].how = std::string(100000, 'h');
  Json out = run();
  const Json& result = out["results"][0];
  EXPECT_EQ(result["relatedLocations"].size(), 100u);
  EXPECT_EQ(result["codeFlows"][0]["threadFlows"][0]["locations"].size(), 1000u);
  const Json& rule = out["tool"]["driver"]["rules"][0];
  EXPECT_LE(rule["properties"]["tags"].size(), 20u);
  EXPECT_LE(rule["shortDescription"]["text"].get<std::string>().size(), 1024u);
  EXPECT_LE(rule["help"]["markdown"].get<std::string>().size(), 16384u);
  EXPECT_EQ(notices(out).size(), 1u);
}

TEST_F(GithubProfileTest, EveryResultHasAPlace) {
  core::FileId id = file("main.tf", "acl = x\n");
  report_.coverage.push_back({"main.tf", false, "terraform", "evaluated", ""});
  finding({});
  report_.findings.back().resource.header = at(id, "acl");
  finding({});
  finding({id, 0, 0});
  report_.repository_prefix = "infra/../live/";
  Json out = run();
  for (const Json& result : out["results"]) {
    const Json& place = result["locations"][0]["physicalLocation"];
    EXPECT_EQ(place["artifactLocation"]["uri"], "live/main.tf");
    EXPECT_EQ(place["region"]["startLine"], 1);
  }
}

TEST_F(SarifTest, WhatIsGoneIsAbsent) {
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x")).baseline = "unchanged";
  report_.comparison.against = "git main";
  report_.comparison.gone.push_back({"TST0002", rules::Severity::kMedium, "was there", "old name.tf", 3, 1, 3, 4, "a.b", "a", "terraform", "f"});
  report_.comparison.gone.push_back({"OLD0001", rules::Severity::kLow, "", "", 0, 0, 0, 0, "", "", "", ""});
  Json out = run()["results"];
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0]["baselineState"], "unchanged");
  EXPECT_EQ(out[1]["baselineState"], "absent");
  EXPECT_EQ(out[1]["ruleIndex"], 1);
  EXPECT_EQ(out[1]["level"], "warning");
  EXPECT_EQ(out[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "old%20name.tf");
  EXPECT_EQ(out[1]["locations"][0]["physicalLocation"]["region"], (Json{{"startLine", 3}, {"startColumn", 1}, {"endLine", 3}, {"endColumn", 4}}));
  EXPECT_EQ(out[1]["partialFingerprints"]["assay/v1"], "f");
  EXPECT_EQ(out[2]["baselineState"], "absent");
  EXPECT_FALSE(out[2].contains("ruleIndex"));
}

}  // namespace
}  // namespace assay::report
