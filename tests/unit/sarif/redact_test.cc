#include "sarif/redact.h"

#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

// Rule 1 of the fixture carries the tag "secret".
class RedactTest : public ReportTest {
 protected:
  std::string all_reports() { return text() + write_sarif(report_, {}) + write_json(report_, {}); }
};

TEST_F(RedactTest, ShortSecretsAreWhollyHidden) {
  core::FileId id = file("main.tf", "db {\n  password = \"hunter22\"\n}\n");
  finding(at(id, "\"hunter22\""), 1);
  EXPECT_EQ(frame().first, "  password = \"********\"");
  EXPECT_EQ(frame().second, "             ^^^^^^^^^^");
  EXPECT_EQ(all_reports().find("hunter"), std::string::npos);
  EXPECT_NE(write_sarif(report_, {}).find("password = \\\"********\\\""), std::string::npos);
}

TEST_F(RedactTest, LongTokensKeepTwoCharacters) {
  core::FileId id = file("main.tf", "k = \"AKIA0123456789ABC\"\n");
  finding(at(id, "\"AKIA0123456789ABC\""), 1);
  EXPECT_EQ(frame().first, "k = \"AK***************\"");
  EXPECT_EQ(all_reports().find("AKIA"), std::string::npos);
}

TEST_F(RedactTest, SixteenCharactersAreNotLong) {
  core::FileId id = file("main.tf", "k = 0123456789abcdef\n");
  finding(at(id, "0123456789abcdef"), 1);
  EXPECT_EQ(frame().first, "k = ****************");
}

TEST_F(RedactTest, OrdinaryRulesHideNothing) {
  core::FileId id = file("main.tf", "k = \"AKIA0123456789ABC\"\n");
  finding(at(id, "\"AKIA0123456789ABC\""), 0);
  EXPECT_NE(text().find("AKIA0123456789ABC"), std::string::npos);
}

TEST_F(RedactTest, FramesAndContextsOfOthersHideItToo) {
  core::FileId id = file("main.tf", "db {\n  public = true\n  password = \"hunter22\"  open = true\n}\n");
  finding(at(id, "public"), 0);                 // its SARIF context has the secret's line
  finding(at(id, "open"), 0);                   // its frame, too
  finding(at(id, "\"hunter22\""), 1).suppressed = rules::Suppression{"inSource", "known", "", {}};
  core::add_problem(report_.problems, core::ProblemSeverity::kError, "x", "duplicate key", at(id, "password"));
  std::string out = all_reports();
  EXPECT_EQ(out.find("hunter"), std::string::npos);
  EXPECT_NE(out.find("password = \"********\"  open = true"), std::string::npos);
}

TEST_F(RedactTest, LiteralsOfTheChainAreHidden) {
  core::FileId id = file("main.tf", "p = var.password\n");
  core::FileId vars = file("x.tfvars", "password = \"hunter22\"\nother = 1\n");
  rules::Finding& one = finding(at(id, "var.password"), 1);
  one.region = at(vars, "\"hunter22\"");
  one.origin = {{at(vars, "\"hunter22\""), "literal"}, {at(id, "var.password"), "reference var.password"}};
  finding(at(vars, "other"), 0);
  finding(at(id, "p ="), 0);
  std::string out = all_reports();
  EXPECT_EQ(out.find("hunter"), std::string::npos);
  EXPECT_NE(out.find("p = var.password"), std::string::npos);  // a name is no secret
}

TEST_F(RedactTest, MessagesHideItToo) {
  core::FileId id = file("main.tf", "k = \"hunter22\"\n");
  rules::Finding& one = finding(at(id, "\"hunter22\""), 1);
  one.message = "'hunter22' is a password, hunter22!";
  one.verdict = rules::Verdict::kMaybe;
  one.witness = "var.x = \"hunter22\"";
  one.related = {{at(id, "k"), "also hunter22"}};
  one.origin = {{at(id, "\"hunter22\""), "literal hunter22"}, {at(id, "k"), "x"}};
  core::add_problem(report_.problems, core::ProblemSeverity::kNote, "n", "hunter22 is odd", at(id, "k"));
  std::string out = all_reports();
  EXPECT_EQ(out.find("hunter"), std::string::npos) << out.substr(out.find("hunter") > 100 ? out.find("hunter") - 100 : 0, 200);
  EXPECT_NE(out.find("'********' is a password, ********!"), std::string::npos);
}

TEST_F(RedactTest, ManyLinesAreHiddenLineByLine) {
  core::FileId id = file("main.tf", "k = <<E\n-----BEGIN KEY-----\nabc\r\ndef\nE\nz = 1\n");
  core::Span secret = at(id, "-----BEGIN KEY-----\nabc\r\ndef\n");
  finding(secret, 1);
  finding(at(id, "z"), 0);
  Redactor redactor(report_);
  EXPECT_EQ(redactor.source(secret, Redactor::Width::kUtf16), "*******************\n***\r\n***\n");
  EXPECT_EQ(all_reports().find("BEGIN KEY"), std::string::npos);
}

TEST_F(RedactTest, TheWholeOfAValueWhoseFirstLineIsTheRegion) {
  core::FileId id = file("pod.yaml", "args:\n- --verbose\n- --password=hunter22\nnext: 1\n");
  rules::Finding& one = finding(at(id, "- --verbose"), 1);
  one.whole = at(id, "- --verbose\n- --password=hunter22");
  finding(at(id, "next"), 0);
  EXPECT_EQ(all_reports().find("hunter"), std::string::npos);
}

TEST_F(RedactTest, OfAResourceAllButTheHead) {
  core::FileId id = file("secret.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  k: aHVudGVyMjI=\n");
  rules::Finding& one = finding(at(id, "kind: Secret"), 1);
  one.resource.header = one.region;
  one.resource.extent = {id, 0, static_cast<uint32_t>(sources_.text(id).size())};
  std::string out = all_reports();
  EXPECT_EQ(out.find("aHVu"), std::string::npos);
  EXPECT_EQ(frame().first, "kind: Secret");
}

TEST_F(RedactTest, WidthsStayEqual) {
  core::FileId id = file("main.tf", "k = \"\xe6\x97\xa5\xf0\x9f\x98\x80x\" # end\n");
  finding(at(id, "\"\xe6\x97\xa5\xf0\x9f\x98\x80x\""), 1);
  EXPECT_EQ(frame().first, "k = \"*****\" # end");
  EXPECT_EQ(frame().second, "    ^^^^^^^");
  Redactor redactor(report_);
  EXPECT_EQ(redactor.source(report_.findings[0].region, Redactor::Width::kUtf16), "\"****\"");
}

TEST_F(RedactTest, SpansThatBeginInsideASecret) {
  core::FileId id = file("main.tf", "k = hunter22 z\n");
  finding(at(id, "hunter22"), 1);
  Redactor redactor(report_);
  EXPECT_EQ(redactor.source(at(id, "er22 z"), Redactor::Width::kUtf16), "**** z");
  EXPECT_EQ(redactor.source(at(id, "k = hun"), Redactor::Width::kUtf16), "k = ***");
  EXPECT_EQ(redactor.source(at(id, " z"), Redactor::Width::kUtf16), " z");
}

TEST_F(RedactTest, OverlapsHideMore) {
  core::FileId id = file("main.tf", "k = 0123456789abcdefXYZ\n");
  finding(at(id, "0123456789abcdefXYZ"), 1);
  finding(at(id, "0123"), 1);  // short: no head stays
  Redactor redactor(report_);
  EXPECT_EQ(redactor.source(at(id, "0123456789abcdefXYZ"), Redactor::Width::kUtf16), std::string(19, '*'));
}

TEST_F(RedactTest, CopiesOfATokenAreHidden) {
  core::FileId id = file("main.tf", "password = \"hunter2hunter2\"\nnames = [\"hunter2hunter2\", \"x-hunter2hunter2-y\"]\n");
  core::FileId other = file("other.tf", "a = \"hunter2hunter2\"\n");
  finding(at(id, "hunter2hunter2"), 1);
  Redactor redactor(report_);
  auto hidden = [&](const core::Span& span) { return redactor.source(span, Redactor::Width::kUtf16); };
  EXPECT_EQ(hidden({id, 28, static_cast<uint32_t>(sources_.text(id).size())}), "names = [\"**************\", \"x-**************-y\"]\n");
  EXPECT_EQ(hidden({other, 0, 20}), "a = \"**************\"");
  // Neither half of one shows.
  EXPECT_EQ(hidden({other, 5, 10}), "*****");
  EXPECT_EQ(hidden({other, 10, 19}), "*********");
}

TEST_F(RedactTest, WeakPasswordsAreOrdinaryWordsElsewhere) {
  core::FileId id = file("main.tf", "password = \"admin\"\nuser = \"admin\"\n");
  finding(at(id, "admin"), 1);
  EXPECT_EQ(Redactor(report_).source({id, 0, 35}, Redactor::Width::kUtf16), "password = \"*****\"\nuser = \"admin\"\n");
  core::FileId other = file("other.tf", "password = \"password\"\n");
  finding(at(other, "\"password\""), 1);
  EXPECT_EQ(Redactor(report_).source({other, 0, 22}, Redactor::Width::kUtf16), "password = \"********\"\n");
}

}  // namespace
}  // namespace assay::report
