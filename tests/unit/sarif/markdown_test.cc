#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

class MarkdownTest : public ReportTest {
 protected:
  std::string markdown() { return write_markdown(report_, {}); }
  std::string html() { return write_html(report_, {}); }
  void compliance(rules::RequirementState state) {
    rules::RequirementRow row{"2.1.4", "Buckets | <b>", "버킷", state, "", {"TST0001"}, {true}, 3, 2, 0, 0};
    report_.compliance.push_back({"f-1", "Framework & co", "source", "edges", "a part", {row}});
  }
};

TEST_F(MarkdownTest, AFindingIsARow) {
  core::FileId id = file("main.tf", "acl = \"public\"\n");
  finding(at(id, "\"public\"")).message = "a | b <script> [x](y)";
  EXPECT_NE(markdown().find("| high | TST0001 public-acl | `main.tf:1:7` | a \\| b \\<script\\> \\[x\\](y) | aws\\_s3\\_bucket.b |\n"),
            std::string::npos) << markdown();
  EXPECT_NE(html().find("a | b &lt;script&gt; [x](y)"), std::string::npos) << html();
}

TEST_F(MarkdownTest, SuppressedFindingsAreNotListed) {
  core::FileId id = file("main.tf", "acl = \"public\"\n");
  finding(at(id, "\"public\"")).suppressed = rules::Suppression{"inSource", "why", "", {}};
  EXPECT_EQ(markdown().find("TST0001"), std::string::npos);
}

TEST_F(MarkdownTest, SecretsAreHidden) {
  core::FileId id = file("main.tf", "password = \"hunter2hunter2\"\n");
  finding(at(id, "hunter2hunter2"), 1).message = "'hunter2hunter2' is a password";
  for (const std::string& out : {markdown(), html()}) EXPECT_EQ(out.find("hunter2"), std::string::npos) << out;
}

TEST_F(MarkdownTest, ComplianceIsATable) {
  compliance(rules::RequirementState::kFail);
  EXPECT_NE(markdown().find("| **fail** | 2.1.4 | Buckets \\| \\<b\\> (버킷) | 2 findings; TST0001 |\n"), std::string::npos)
      << markdown();
  EXPECT_NE(markdown().find("1 failed, 0 passed, 0 undecided, 0 without such a resource, 0 not assessed\n"), std::string::npos);
  EXPECT_NE(html().find("<h2>Framework &amp; co</h2>"), std::string::npos);
  EXPECT_NE(html().find("<td class=\"state fail\">fail</td><td>2.1.4</td><td>Buckets | &lt;b&gt;<br>"), std::string::npos) << html();
}

TEST_F(MarkdownTest, LongLinesAreCutAroundTheRegion) {
  std::string line(5000, 'a');
  line.append("NEEDLE").append(5000, 'b');
  core::FileId id = file("main.tf", line);
  finding(at(id, "NEEDLE"));
  for (std::string_view format : {"markdown", "html", "junit"}) {
    std::string out = find_writer(format)->write(report_, {});
    EXPECT_NE(out.find("NEEDLE"), std::string::npos) << format;
    EXPECT_EQ(out.find(std::string(301, 'a')), std::string::npos) << format;
    EXPECT_EQ(out.find(std::string(301, 'b')), std::string::npos) << format;
  }
}

TEST_F(MarkdownTest, TheWorstComesFirst) {
  core::FileId id = file("main.tf", "acl = \"public\"\n");
  finding(at(id, "\"public\"")).severity = rules::Severity::kLow;
  finding(at(id, "\"public\"")).verdict = rules::Verdict::kMaybe;
  finding(at(id, "\"public\""));
  std::string out = markdown();
  size_t certain = out.find("| high |"), possible = out.find("| high (maybe) |"), low = out.find("| low |");
  EXPECT_LT(certain, possible);
  EXPECT_LT(possible, low);
  EXPECT_NE(low, std::string::npos);
}

TEST_F(MarkdownTest, DetailsAreFoldedPerRule) {
  core::FileId id = file("main.tf", "acl = \"public\" # ```\n");
  for (int i = 0; i < 7; ++i) finding(at(id, "\"public\""));
  report_.findings[0].origin = {{at(id, "\"public\""), "literal"}, {at(id, "acl"), "attribute"}};
  std::string out = markdown();
  EXPECT_NE(out.find("<details><summary>TST0001 public-acl: 7 findings</summary>"), std::string::npos) << out;
  EXPECT_NE(out.find("````hcl\n1 | acl = \"public\" # ```\n  |       ^^^^^^^^\n````\n"), std::string::npos) << out;
  EXPECT_NE(out.find("- literal `main.tf:1:7`\n- attribute `main.tf:1:1`\n"), std::string::npos) << out;
  EXPECT_NE(out.find("And 2 more."), std::string::npos);
}

TEST_F(MarkdownTest, LimitsOfThePlatformsHoldAndAreSaid) {
  core::FileId id = file("main.tf", "acl = \"public\"\n");
  for (int i = 0; i < 30000; ++i) finding(at(id, "\"public\"")).message = std::string(300, 'm');
  for (int i = 0; i < 5000; ++i) {
    report_.problems.push_back({core::ProblemSeverity::kError, "x", "problem " + std::to_string(i), {}, {}, {}});
  }
  compliance(rules::RequirementState::kFail);
  rules::RequirementRow row = report_.compliance[0].rows[0];
  report_.compliance[0].rows.resize(3000, row);
  for (auto [format, limit] : {std::pair{"markdown", size_t{65'536}}, {"github-summary", size_t{1} << 20}}) {
    std::vector<std::string> left_out;
    WriteOptions options;
    options.left_out = &left_out;
    std::string out = find_writer(format)->write(report_, options);
    EXPECT_LE(out.size(), limit) << format;
    EXPECT_GT(out.size(), limit / 2) << format;
    EXPECT_NE(out.find("** did not fit."), std::string::npos);
    EXPECT_NE(out.find("problem 0"), std::string::npos) << format;
    ASSERT_EQ(left_out.size(), 1u);
    EXPECT_NE(left_out[0].find("findings of the least severe"), std::string::npos);
  }
  WriteOptions options;
  options.most_bytes = 10'000;
  EXPECT_LE(find_writer("github-summary")->write(report_, options).size(), 10'000u);
}

TEST_F(MarkdownTest, NothingIsLoadedFromElsewhere) {
  compliance(rules::RequirementState::kPass);
  for (std::string_view word : {"http://", "https://", "src=", "@import", "url("}) {
    EXPECT_EQ(html().find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace assay::report
