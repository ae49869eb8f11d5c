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
  EXPECT_NE(html().find("<pre>acl = <mark>&quot;public&quot;</mark></pre>"), std::string::npos) << html();
}

TEST_F(MarkdownTest, SuppressedFindingsAreNotListed) {
  core::FileId id = file("main.tf", "acl = \"public\"\n");
  finding(at(id, "\"public\"")).suppressed = rules::Suppression{"inSource", "why", "", {}};
  EXPECT_EQ(markdown().find("TST0001"), std::string::npos);
  EXPECT_EQ(html().find("TST0001"), std::string::npos);
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
  std::string out = html();
  EXPECT_NE(out.find("<mark>NEEDLE</mark>"), std::string::npos);
  EXPECT_LT(out.size(), 5000u);
}

TEST_F(MarkdownTest, NothingIsLoadedFromElsewhere) {
  compliance(rules::RequirementState::kPass);
  for (std::string_view word : {"http://", "https://", "src=", "<script", "@import", "url("}) {
    EXPECT_EQ(html().find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace assay::report
