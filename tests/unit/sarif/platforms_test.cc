// The formats of GitHub, GitLab, Jenkins, reviewdog and spreadsheets: order, escaping, limits and what they leave out.
#include <nlohmann/json.hpp>

#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

using nlohmann::json;

class PlatformsTest : public ReportTest {
 protected:
  std::string write(std::string_view format) {
    WriteOptions options;
    options.left_out = &left_out_;
    return find_writer(format)->write(report_, options);
  }
  json parsed(std::string_view format) { return json::parse(write(format)); }
  rules::Finding& add(rules::Severity severity, rules::Verdict verdict = rules::Verdict::kFail) {
    if (sources_.size() == 0) file("main.tf", "acl = \"public\"\n");
    rules::Finding& out = finding(at(0, "\"public\""));
    out.severity = severity;
    out.verdict = verdict;
    out.fingerprint = std::to_string(report_.findings.size());
    return out;
  }
  void problem(core::ProblemSeverity severity, std::string message, core::Span span = {}) {
    report_.problems.push_back({severity, "hcl-syntax", std::move(message), span, {}, {}});
    ++report_.summary.problems;
  }
  static size_t count(const std::string& text, std::string_view part) {
    size_t out = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++out;
    return out;
  }

  std::vector<std::string> left_out_;
};

// ---- GitHub ----

TEST_F(PlatformsTest, AnnotationsAreCommands) {
  report_.repository_prefix = "infra, prod/";
  add(rules::Severity::kHigh).message = "50% of\n::error::it";
  EXPECT_EQ(write("github"),
            "::error file=infra%2C prod/main.tf,line=1,endLine=1,col=7,endColumn=15,title=TST0001 public-acl (high)::"
            "50%25 of%0A::error::it%0AResource: aws_s3_bucket.b%0AHow to fix: Make it private.\nAssay: 1 finding, 0 problems\n");
}

TEST_F(PlatformsTest, AnnotationsOverLinesHaveNoColumns) {
  core::FileId id = file("main.tf", "a = [\n 1\n]\n");
  finding(at(id, "[\n 1\n]"));
  EXPECT_EQ(write("github").substr(0, 43), "::error file=main.tf,line=1,endLine=3,title");
}

TEST_F(PlatformsTest, AnnotationsAreRankedAndLimited) {
  for (int i = 0; i < 12; ++i) add(rules::Severity::kMedium).message = "medium" + std::to_string(i);
  for (int i = 0; i < 11; ++i) add(rules::Severity::kHigh).message = "high" + std::to_string(i);
  add(rules::Severity::kCritical).message = "worst";
  for (int i = 0; i < 3; ++i) add(rules::Severity::kLow);
  problem(core::ProblemSeverity::kError, "unreadable");
  std::string out = write("github");
  EXPECT_EQ(count(out, "::error "), 10u);
  EXPECT_EQ(count(out, "::warning "), 10u);
  EXPECT_EQ(count(out, "::notice "), 3u);
  EXPECT_LT(out.find("worst"), out.find("high0"));
  EXPECT_TRUE(out.ends_with("\nAssay: 27 findings, 1 problem; not shown above: 3 errors, 2 warnings\n")) << out;
  ASSERT_EQ(left_out_.size(), 1u);
  EXPECT_NE(left_out_[0].find("3 errors, 2 warnings"), std::string::npos);
}

TEST_F(PlatformsTest, PossibleFindingsAreNoErrors) {
  add(rules::Severity::kCritical, rules::Verdict::kMaybe).witness = "var.env = \"prod\"";
  std::string out = write("github");
  EXPECT_EQ(out.find("::error"), std::string::npos);
  EXPECT_NE(out.find("::warning "), std::string::npos);
  EXPECT_NE(out.find("the bucket is public, when var.env = \"prod\""), std::string::npos);
}

// ---- what is accepted ----

TEST_F(PlatformsTest, AcceptedAndKnownFindingsAreNotReported) {
  add(rules::Severity::kHigh).suppressed = rules::Suppression{"inSource", "fine", "", {}};
  add(rules::Severity::kHigh).baseline = "unchanged";
  report_.comparison.against = "git main";
  EXPECT_EQ(write("github"), "Assay: 0 new findings, 1 suppressed, 1 unchanged, 0 problems\n");
  EXPECT_EQ(parsed("gitlab").size(), 0u);
  EXPECT_EQ(parsed("gitlab-sast")["vulnerabilities"].size(), 0u);
  EXPECT_EQ(parsed("rdjson")["diagnostics"].size(), 0u);
  EXPECT_EQ(parsed("sarif-github")["runs"][0]["results"].size(), 0u);
  std::string junit = write("junit");
  EXPECT_NE(junit.find("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"2\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("<skipped message=\"suppressed: fine; the bucket is public\"/>"), std::string::npos);
  EXPECT_NE(junit.find("<skipped message=\"unchanged; "), std::string::npos);
  EXPECT_EQ(write("markdown").find("TST0001"), std::string::npos);
}

// ---- GitLab ----

TEST_F(PlatformsTest, CodeQualityFingerprintsAreUnique) {
  report_.repository_prefix = "infra/";
  add(rules::Severity::kCritical).fingerprint = "same";
  add(rules::Severity::kInfo).fingerprint = "same";
  problem(core::ProblemSeverity::kError, "a brace is missing", {0, 2, 4});
  json out = parsed("gitlab");
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0]["severity"], "blocker");
  EXPECT_EQ(out[1]["severity"], "info");
  EXPECT_EQ(out[0]["fingerprint"], "same");
  EXPECT_NE(out[1]["fingerprint"], "same");
  EXPECT_EQ(out[0]["location"]["path"], "infra/main.tf");
  EXPECT_EQ(out[0]["location"]["lines"]["begin"], 1);
  EXPECT_EQ(out[2]["check_name"], "hcl-syntax");
}

TEST_F(PlatformsTest, SastReport) {
  report_.rules[0].cwe = {"CWE-732"};
  report_.rules[0].aliases = {{"checkov", "CKV_AWS_20"}};
  rules::Finding& one = add(rules::Severity::kHigh);
  one.origin = {{at(0, "\"public\""), "literal"}, {at(0, "acl"), "attribute"}};
  problem(core::ProblemSeverity::kWarning, "a module is not there");
  json out = parsed("gitlab-sast");
  EXPECT_EQ(out["scan"]["type"], "sast");
  EXPECT_EQ(out["scan"]["status"], "success");
  EXPECT_EQ(out["scan"]["messages"][0]["level"], "warn");
  const json& item = out["vulnerabilities"][0];
  EXPECT_EQ(item["name"], "A bucket is public");
  EXPECT_EQ(item["severity"], "High");
  EXPECT_EQ(item["solution"], "Make it private.");
  EXPECT_EQ(item["identifiers"][0]["value"], "TST0001");
  EXPECT_EQ(item["identifiers"][1]["url"], "https://cwe.mitre.org/data/definitions/732.html");
  EXPECT_EQ(item["identifiers"][2]["type"], "checkov");
  EXPECT_EQ(item["location"], (json{{"file", "main.tf"}, {"start_line", 1}, {"end_line", 1}}));
  EXPECT_EQ(item["details"]["origin"]["items"][0][0]["node_type"], "source");
  EXPECT_EQ(item["details"]["origin"]["items"][0][1]["node_type"], "sink");
}

// ---- JUnit ----

TEST_F(PlatformsTest, JunitHasASuitePerFile) {
  add(rules::Severity::kHigh).message = "a < b & \x01";
  core::FileId other = file("b.tf", "x = 1\n");
  problem(core::ProblemSeverity::kError, "broken", {other, 0, 1});
  report_.coverage = {{"main.tf", false, "terraform", "evaluated", ""}, {"clean.tf", false, "terraform", "evaluated", ""},
                      {".", true, "terraform", "evaluated", ""}};
  std::string out = write("junit");
  EXPECT_NE(out.find("<testsuites name=\"Assay\" tests=\"3\" failures=\"1\" errors=\"1\""), std::string::npos) << out;
  EXPECT_NE(out.find("<failure type=\"high\" message=\"a &lt; b &amp; \xef\xbf\xbd\">"), std::string::npos) << out;
  EXPECT_NE(out.find("1 | acl = &quot;public&quot;\n  |       ^^^^^^^^\n"), std::string::npos) << out;
  EXPECT_NE(out.find("<testcase name=\"no findings\" classname=\"clean.tf\" time=\"0\"/>"), std::string::npos);
  EXPECT_NE(out.find("<error type=\"hcl-syntax\" message=\"broken\">"), std::string::npos);
}

TEST_F(PlatformsTest, AnEmptyScanIsNotAnEmptyJunitReport) {
  EXPECT_NE(write("junit").find("<testcase name=\"no findings\""), std::string::npos);
}

// ---- reviewdog ----

TEST_F(PlatformsTest, RdjsonCountsBytes) {
  core::FileId id = file("main.tf", "# \xf0\x9f\x98\x80\nx = \"\xc3\xa4\" # \"public\"\n");
  rules::Finding& one = finding(at(id, "\"public\""));
  one.fix = rules::Fix{rules::FixKind::kSafe, "say", {{at(id, "\"public\""), "\"private\""}, {at(id, "x"), "acl"}}};
  json item = parsed("rdjson")["diagnostics"][0];
  json range = item["location"]["range"];
  EXPECT_EQ(range["start"], (json{{"line", 2}, {"column", 12}}));
  EXPECT_EQ(range["end"], (json{{"line", 2}, {"column", 20}}));
  ASSERT_EQ(item["suggestions"].size(), 1u);
  EXPECT_EQ(item["suggestions"][0]["range"]["start"], (json{{"line", 2}, {"column", 1}}));
  EXPECT_EQ(item["suggestions"][0]["text"], "acl = \"\xc3\xa4\" # \"private\"");
  EXPECT_EQ(item["severity"], "ERROR");
}

TEST_F(PlatformsTest, ASuggestionAcrossASecretIsNotMade) {
  core::FileId id = file("main.tf", "a = 1\np = \"hunter2hunter2\"\nb = 2\n");
  finding(at(id, "hunter2hunter2"), 1);
  rules::Finding& one = finding(at(id, "a"));
  one.fix = rules::Fix{rules::FixKind::kSafe, "", {{at(id, "1"), "3"}, {at(id, "2\n"), "4\n"}}};
  std::string out = write("rdjson");
  EXPECT_EQ(out.find("hunter2"), std::string::npos);
  // "2\n" begins inside the secret's line? No: the last one, behind the secret.
  one.fix->edits[1].span = {id, static_cast<uint32_t>(sources_.text(id).size() - 2), static_cast<uint32_t>(sources_.text(id).size() - 1)};
  out = write("rdjson");
  EXPECT_EQ(out.find("hunter2"), std::string::npos);
  EXPECT_EQ(out.find("suggestions"), std::string::npos);
}

// ---- CSV ----

TEST_F(PlatformsTest, CsvRowsHaveEqualLengths) {
  add(rules::Severity::kHigh).message = "=cmd|'/c calc'!A1";
  report_.findings[0].suppressed = rules::Suppression{"external", "+why", "2027-01-01", {}};
  problem(core::ProblemSeverity::kError, "broken");
  std::string out = write("csv");
  EXPECT_EQ(count(out, "\r\n"), 3u);
  EXPECT_NE(out.find(",\"'=cmd|'/c calc'!A1\","), std::string::npos) << out;
  EXPECT_NE(out.find(",external,\"'+why\",2027-01-01,"), std::string::npos) << out;
  size_t commas = count(out.substr(0, out.find("\r\n")), ",");
  EXPECT_EQ(count(out.substr(out.rfind("problem,")), ","), commas);
}

// ---- all ----

TEST_F(PlatformsTest, NoFormatShowsASecret) {
  core::FileId id = file("main.tf", "variable \"p\" { default = \"Tr0ub4dor-and-3\" }\nresource \"db\" \"b\" {\n  password = var.p\n}\n");
  rules::Finding& one = finding(at(id, "\"Tr0ub4dor-and-3\""), 1);
  one.message = "'Tr0ub4dor-and-3' is a password";
  one.resource.address = "db.b[\"Tr0ub4dor-and-3\"]";
  one.resource.name = "Tr0ub4dor-and-3";
  one.origin = {{at(id, "\"Tr0ub4dor-and-3\""), "variable default Tr0ub4dor-and-3"}, {at(id, "var.p"), "attribute"}};
  one.related = {{at(id, "password"), "Tr0ub4dor-and-3 goes here"}};
  one.depends_on = {"Tr0ub4dor-and-3"};
  one.fix = rules::Fix{rules::FixKind::kSafe, "", {{at(id, "password = var.p"), "password = \"Tr0ub4dor-and-3\""}}};
  rules::Finding other = one;
  other.rule = 0;
  other.verdict = rules::Verdict::kMaybe;
  other.witness = "var.p = \"Tr0ub4dor-and-3\"";
  other.suppressed = rules::Suppression{"inSource", "Tr0ub4dor-and-3 is old", "", {}};
  report_.findings.push_back(other);
  other.suppressed.reset();
  report_.findings.push_back(other);
  problem(core::ProblemSeverity::kError, "cannot use Tr0ub4dor-and-3", at(id, "var.p"));
  report_.comparison.gone.push_back({"TST0001", rules::Severity::kHigh, "had Tr0ub4dor-and-3", "main.tf", 1, 1, 1, 2, "x[\"Tr0ub4dor-and-3\"]", "", "", "f"});
  for (const WriterEntry& writer : all_writers()) {
    WriteOptions options;
    std::string out = writer.write(report_, options);
    EXPECT_EQ(out.find("Tr0ub4dor"), std::string::npos) << writer.name << "\n" << out.substr(out.find("Tr0ub4dor") == std::string::npos ? 0 : out.find("Tr0ub4dor") - 200, 400);
  }
}

TEST_F(PlatformsTest, EveryFormatTakesFindingsAndProblemsWithoutAPlace) {
  report_.findings.push_back({});
  report_.findings.back().message = "somewhere";
  problem(core::ProblemSeverity::kError, "nowhere");
  report_.problems.back().path = "gone/x.tf";
  for (const WriterEntry& writer : all_writers()) {
    EXPECT_NE(writer.write(report_, {}).find("somewhere"), std::string::npos) << writer.name;
  }
  for (std::string_view name : {"sarif", "sarif-github", "gitlab", "gitlab-sast", "rdjson", "json"}) EXPECT_NO_THROW(parsed(name)) << name;
}

TEST_F(PlatformsTest, EveryFormatIsTheSameTwice) {
  add(rules::Severity::kHigh);
  add(rules::Severity::kLow, rules::Verdict::kMaybe);
  for (const WriterEntry& writer : all_writers()) EXPECT_EQ(writer.write(report_, {}), writer.write(report_, {})) << writer.name;
}

TEST_F(PlatformsTest, InvalidBytesBecomeReplacementCharacters) {
  core::FileId id = file("bad\xff.tf", "acl = \"pub\xfflic\"\n");
  finding(at(id, "\"pub\xfflic\"")).message = "\xff is no text";
  for (const WriterEntry& writer : all_writers()) {
    if (writer.name == "text") continue;
    EXPECT_EQ(writer.write(report_, {}).find('\xff'), std::string::npos) << writer.name;
  }
}

}  // namespace
}  // namespace assay::report
