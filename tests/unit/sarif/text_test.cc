#include "parsers/core/text.h"
#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

class TextTest : public ReportTest {};

using Frame = std::pair<std::string, std::string>;

TEST_F(TextTest, CaretsStandUnderTheRegion) {
  core::FileId id = file("main.tf", "a {\n  acl = \"public\"\n}\n");
  finding(at(id, "\"public\""));
  EXPECT_EQ(frame(), (Frame{"  acl = \"public\"", "        ^^^^^^^^"}));
  EXPECT_NE(text().find("high[TST0001] the bucket is public\n --> main.tf:2:9\n"), std::string::npos);
  EXPECT_NE(text().find("= resource: aws_s3_bucket.b (acl)\n"), std::string::npos);
  EXPECT_NE(text().find("= help: Make it private. (assay explain TST0001)\n"), std::string::npos);
}

TEST_F(TextTest, TabsAreFourBlanks) {
  core::FileId id = file("main.tf", "\tacl\t= \"x\"\n");
  finding(at(id, "\"x\""));
  EXPECT_EQ(frame(), (Frame{"    acl    = \"x\"", "             ^^^"}));
}

TEST_F(TextTest, WideAndAstralCharactersAreTwoColumns) {
  core::FileId id = file("main.tf", "n = \"\xe6\x97\xa5\xe6\x9c\xac\" # \xf0\x9f\x98\x80 x\n");
  finding(at(id, "\"\xe6\x97\xa5\xe6\x9c\xac\""));
  EXPECT_EQ(frame().second, "    ^^^^^^");
  report_.findings.clear();
  finding(at(id, " x"));
  EXPECT_EQ(frame().second, std::string(15, ' ') + "^^");
  EXPECT_NE(text().find("main.tf:1:14"), std::string::npos);  // UTF-16 code units
}

TEST_F(TextTest, CombiningCharactersAreNone) {
  core::FileId id = file("main.tf", "e\xcc\x81 = x\n");
  finding(at(id, "x"));
  EXPECT_EQ(frame().second, "    ^");
}

TEST_F(TextTest, ControlAndInvalidBytesAreShownAsQuestionMarks) {
  core::FileId id = file("main.tf", "a\x1b[31m \xff = x\n");
  finding(at(id, "x"));
  EXPECT_EQ(frame(), (Frame{"a?[31m ? = x", "           ^"}));
}

TEST_F(TextTest, CarriageReturnsAreNotShown) {
  core::FileId id = file("main.tf", "a = 1\r\nacl = x\r\n");
  finding(at(id, "acl = x\r\n"));
  EXPECT_EQ(frame(), (Frame{"acl = x", "^^^^^^^"}));
  EXPECT_EQ(text().find('\r'), std::string::npos);
}

TEST_F(TextTest, ARegionOverManyLinesShowsItsFirst) {
  core::FileId id = file("main.tf", "a {\n  b\n}\n");
  finding(at(id, "{\n  b\n}"));
  EXPECT_EQ(frame(), (Frame{"a {", "  ^"}));
}

TEST_F(TextTest, EmptyRegionsGetOneCaret) {
  core::FileId id = file("main.tf", "ab\n");
  finding({id, 2, 2});
  EXPECT_EQ(frame(), (Frame{"ab", "  ^"}));
  report_.findings.clear();
  finding({id, 3, 3});  // the end of the file
  EXPECT_EQ(frame().second, "^");
}

TEST_F(TextTest, LongLinesAreCutAroundTheRegion) {
  for (std::string filler : {"x", "\xc3\xa9", "\xe6\x97\xa5"}) {
    std::string line;
    for (int i = 0; i < 300; ++i) line += filler;
    core::FileId id = file("long" + filler, line + "\"public\"" + line + "\n");
    report_.findings.clear();
    finding(at(id, "\"public\""));
    auto [code, carets] = frame();
    EXPECT_LE(core::display_width(code), 170u);
    EXPECT_TRUE(code.starts_with("...")) << code;
    EXPECT_TRUE(code.ends_with("...")) << code;
    EXPECT_TRUE(core::is_valid_utf8(code));
    std::string before = code.substr(0, code.find('"'));
    EXPECT_EQ(carets, std::string(core::display_width(before), ' ') + "^^^^^^^^") << filler;
  }
  core::FileId id = file("start", "acl = x" + std::string(500, 'y') + "\n");
  report_.findings.clear();
  finding(at(id, "acl"));
  EXPECT_TRUE(frame().first.starts_with("acl = x"));
  EXPECT_EQ(frame().second, "^^^");
}

TEST_F(TextTest, ChainRelatedAndWitness) {
  core::FileId id = file("main.tf", "acl = var.acl\nx = \"public\"\n");
  rules::Finding& one = finding(at(id, "\"public\""));
  one.verdict = rules::Verdict::kMaybe;
  one.witness = "var.on is true";
  one.origin = {{at(id, "\"public\""), "literal"}, {at(id, "var.acl"), "reference var.acl"}};
  for (int i = 0; i < 6; ++i) one.related.push_back({at(id, "x"), "also b[" + std::to_string(i) + "]"});
  std::string out = text();
  EXPECT_NE(out.find("high (maybe)[TST0001]"), std::string::npos);
  EXPECT_NE(out.find("origin: literal  main.tf:2:5\n"), std::string::npos);
  EXPECT_NE(out.find("-> reference var.acl  main.tf:1:7\n"), std::string::npos);
  EXPECT_NE(out.find("also b[3]"), std::string::npos);
  EXPECT_EQ(out.find("also b[4]"), std::string::npos);
  EXPECT_NE(out.find("2 more instances"), std::string::npos);
  EXPECT_NE(out.find("when: var.on is true\n"), std::string::npos);
}

TEST_F(TextTest, SuppressedFindingsAndNotes) {
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x")).suppressed = rules::Suppression{"inSource", "why", "", at(id, "acl")};
  report_.summary.suppressed = 1;
  core::add_problem(report_.problems, core::ProblemSeverity::kNote, "some-note", "a remark", at(id, "x"));
  core::add_problem(report_.problems, core::ProblemSeverity::kError, "some-error", "broken");
  std::string out = text();
  EXPECT_EQ(out.find("the bucket is public"), std::string::npos);
  EXPECT_NE(out.find("no findings; 1 suppressed\n"), std::string::npos);
  EXPECT_NE(out.find("note[some-note] main.tf:1:7: a remark\n"), std::string::npos);
  EXPECT_NE(out.find("error[some-error] broken\n"), std::string::npos);
  WriteOptions quiet;
  quiet.quiet = true;
  std::string less = write_text(report_, quiet);
  EXPECT_EQ(less.find("some-note"), std::string::npos);
  EXPECT_NE(less.find("some-error"), std::string::npos);
}

TEST_F(TextTest, ColourOnlyWhenAsked) {
  core::FileId id = file("main.tf", "acl = x\n");
  finding(at(id, "x"));
  EXPECT_EQ(text().find('\x1b'), std::string::npos);
  WriteOptions color;
  color.color = true;
  EXPECT_NE(write_text(report_, color).find("\x1b[1;31mhigh[TST0001]\x1b[0m"), std::string::npos);
}

TEST_F(TextTest, NothingSteersTheTerminal) {
  core::FileId id = file("a\x1b]0;x\x07.tf", "acl = \"public\"\n");
  rules::Finding& one = finding(at(id, "\"public\""));
  one.message = "a\x1b[2Jb\xc2\x9b" "31mc\xe2\x80\xae" "d\r\x7f";
  one.resource.address = "r\x1b[8m";
  for (bool color : {false, true}) {
    WriteOptions options;
    options.color = color;
    std::string out = write_text(report_, options);
    for (std::string_view bad : {"\x1b]", "\x1b[2J", "\x1b[8m", "\xc2\x9b", "\xe2\x80\xae", "\r", "\x7f", "\x07"}) {
      EXPECT_EQ(out.find(bad), std::string::npos) << color;
    }
    EXPECT_EQ(out.find("\x1b[1m") != std::string::npos, color);
    EXPECT_NE(out.find("a\xef\xbf\xbd[2Jb"), std::string::npos);
  }
}

}  // namespace
}  // namespace assay::report
