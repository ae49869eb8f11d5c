#include <nlohmann/json.hpp>

#include "parsers/core/base64.h"
#include "parsers/core/digest.h"
#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

class HtmlTest : public ReportTest {
 protected:
  std::string html() {
    WriteOptions options;
    options.left_out = &left_out_;
    return write_html(report_, options);
  }
  // What stands between two texts.
  static std::string between(const std::string& text, std::string_view begin, std::string_view end) {
    size_t from = text.find(begin);
    EXPECT_NE(from, std::string::npos) << begin;
    if (from == std::string::npos) return {};
    from += begin.size();
    return text.substr(from, text.find(end, from) - from);
  }
  static nlohmann::json data(const std::string& page) {
    return nlohmann::json::parse(between(page, "<script type=\"application/json\" id=\"data\">", "</script>"));
  }
  std::vector<std::string> left_out_;
};

TEST_F(HtmlTest, ThePolicyAllowsWhatIsThereAndNothingElse) {
  core::FileId id = file("main.tf", "acl = \"public\"\n");
  finding(at(id, "\"public\""));
  std::string page = html();
  std::string policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  EXPECT_TRUE(policy.starts_with("default-src 'none'; "));
  auto hash = [](const std::string& text) { return "'sha256-" + core::base64_encode(core::sha256(text)) + "'"; };
  EXPECT_NE(policy.find("script-src " + hash(between(page, "<script>", "</script>"))), std::string::npos);
  EXPECT_NE(policy.find("style-src " + hash(between(page, "<style>", "</style>"))), std::string::npos);
  for (std::string_view word : {"http://", "https://", "src=", "@import", "url(", " style=", "onclick"}) {
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  }
}

TEST_F(HtmlTest, FindingsAreData) {
  core::FileId id = file("main.tf", "a = 1\nacl = \"public\"\n");
  rules::Finding& one = finding(at(id, "\"public\""));
  one.origin = {{at(id, "\"public\""), "literal"}, {at(id, "acl"), "attribute"}};
  nlohmann::json all = data(html());
  nlohmann::json row = all["findings"][0];
  ASSERT_EQ(row.size(), 12u);
  EXPECT_EQ(all["rules"][row[0].get<size_t>()]["id"], "TST0001");
  EXPECT_EQ(all["files"][row[3].get<size_t>()], "main.tf");
  EXPECT_EQ(row[4], 2);
  EXPECT_EQ(row[8], "the bucket is public");
  EXPECT_EQ(row[10][1], (nlohmann::json{2, "acl = ", "\"public\"", ""}));
  EXPECT_EQ(row[11][0], (nlohmann::json{"literal", 0, 2, 7}));
}

TEST_F(HtmlTest, IndentationIsNotMarked) {
  core::FileId id = file("main.tf", "b {\n  a = 1\n\tc = 2\n}\n");
  finding({id, 0, static_cast<uint32_t>(sources_.text(id).size() - 1)});
  nlohmann::json frame = data(html())["findings"][0][10];
  EXPECT_EQ(frame[0], (nlohmann::json{1, "", "b {", ""}));
  EXPECT_EQ(frame[1], (nlohmann::json{2, "  ", "a = 1", ""}));
  EXPECT_EQ(frame[2], (nlohmann::json{3, "\t", "c = 2", ""}));
  EXPECT_EQ(frame[3], (nlohmann::json{4, "", "}", ""}));
  EXPECT_EQ(frame.size(), 4u);
}

TEST_F(HtmlTest, HostileTextsAreNoMarkup) {
  const std::string hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'<!--";
  core::FileId id = file("<b>.tf", "acl = \"" + hostile + "\"\n");
  rules::Finding& one = finding(at(id, hostile));
  one.message = one.resource.address = one.resource.type = hostile;
  report_.rules[0].name = report_.rules[0].how = hostile;
  one.origin = {{one.region, hostile}, {one.region, hostile}};
  report_.findings.push_back(one);
  report_.findings.back().suppressed = rules::Suppression{"inSource", hostile, hostile, {}};
  report_.problems.push_back({core::ProblemSeverity::kError, "x", hostile, {}, {}, hostile});
  report_.coverage.push_back({hostile, false, hostile, "evaluated", hostile});
  report_.comparison.against = hostile;
  report_.comparison.gone.push_back({hostile, rules::Severity::kHigh, hostile, hostile, 1, 1, 1, 1, hostile, "", "", ""});
  std::string page = html();
  EXPECT_EQ(page.find("<img"), std::string::npos);
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_EQ(page.find("<b>.tf"), std::string::npos);
  size_t scripts = 0;
  for (size_t at = page.find("<script"); at != std::string::npos; at = page.find("<script", at + 1)) ++scripts;
  EXPECT_EQ(scripts, 2u);  // the data and the code
  EXPECT_EQ(data(page)["findings"][0][8], hostile);
}

TEST_F(HtmlTest, SuppressedFindingsSayWhy) {
  core::FileId id = file("main.tf", "acl = \"public\"\n");
  finding(at(id, "\"public\"")).suppressed = rules::Suppression{"inSource", "a site", "2030-01-01", {}};
  std::string page = html();
  nlohmann::json row = data(page)["findings"][0];
  EXPECT_EQ(row[2], 2);
  EXPECT_EQ(row[9], "Suppressed: a site (until 2030-01-01)");
  EXPECT_EQ(page.find("class=\"charts\""), std::string::npos);
}

TEST_F(HtmlTest, ManyFindingsAreCappedAndSaid) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "line " + std::to_string(i) + std::string(250, 'x') + "\n";
  core::FileId id = file("main.tf", text);
  for (int i = 0; i < 30000; ++i) {
    rules::Finding& one = finding(at(id, "line 20"));
    one.message = std::string(1200, 'm');
    one.severity = i == 29999 ? rules::Severity::kCritical : rules::Severity::kLow;
  }
  std::string page = html();
  EXPECT_LT(page.size(), 26u << 20);
  ASSERT_EQ(left_out_.size(), 2u);
  nlohmann::json all = data(page);
  size_t kept = all["findings"].size();
  EXPECT_LT(kept, 30000u);
  EXPECT_EQ(all["findings"][0][1], 4);
  EXPECT_NE(page.find(std::to_string(30000 - kept) + " findings of the least severe left out"), std::string::npos);
  EXPECT_TRUE(all["findings"][0][10].is_array());
  EXPECT_EQ(all["findings"][kept - 1][10], 0);
}

TEST_F(HtmlTest, ACleanReportHasNoScript) {
  report_.coverage.push_back({"main.tf", false, "terraform", "evaluated", ""});
  std::string page = html();
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_NE(page.find("Assay: 0 findings"), std::string::npos);
  EXPECT_NE(page.find("main.tf"), std::string::npos);
}

}  // namespace
}  // namespace assay::report
