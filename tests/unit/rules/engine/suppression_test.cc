#include "rules/engine/suppression.h"

#include <map>

#include "tests/unit/rules/engine/fixture.h"

namespace assay::rules {
namespace {

class SuppressionTest : public EngineTest {
 protected:
  SuppressionTest() {
    for (const char* id : {"TST0001", "TST0002"}) {
      Rule rule;
      rule.info.id = id;
      rule.info.name = std::string("name-of-") + (rule.info.id == "TST0001" ? "one" : "two");
      if (rule.info.id == "TST0001") rule.info.aliases = {{"checkov", "CKV_T_1"}, {"trivy", "AVD-T-1"}, {"kube-linter", "no-thing"}};
      rules_.add(std::move(rule));
    }
    rules_.seal();
  }
  // The directives of one comment that is all of a file.
  std::vector<Directive> parse(std::string comment) {
    core::FileId id = file("c" + std::to_string(sources_.size()), comment + "\nx = 1\n");
    return parse_directives(sources_, {id, 0, static_cast<uint32_t>(comment.size())});
  }
  // All directives of a text, in which every # starts a comment.
  std::vector<Directive> directives_of(core::FileId id) {
    std::vector<Directive> out;
    std::string_view text = sources_.text(id);
    for (size_t at = text.find('#'); at != std::string_view::npos; at = text.find('#', at + 1)) {
      auto end = static_cast<uint32_t>(std::min(text.find('\n', at), text.size()));
      for (Directive& one : parse_directives(sources_, {id, static_cast<uint32_t>(at), end})) out.push_back(one);
      at = end;
      if (at >= text.size()) break;
    }
    return out;
  }
  Finding finding(core::Span region, core::Span header, core::Span extent, uint32_t rule = 0) {
    Finding out;
    out.rule = rule;
    out.region = region;
    out.resource.header = header;
    out.resource.extent = extent;
    return out;
  }
  // Names of the faults that are complained about, in order, and codes of notes.
  std::vector<std::string> apply(std::vector<Finding>& findings, std::vector<Directive> directives, std::span<const Rule> idle = {},
                                 const model::Project* project = nullptr, bool reasons = false) {
    core::Problems problems;
    SuppressionContext context{rules_, sources_, "2025-06-15", idle, project, "prod"};
    apply_suppressions(findings, directives, context);
    std::vector<std::string> out;
    for (const SuppressionComplaint& one : complaints(directives, context, reasons, problems)) out.emplace_back(fault_name(one.fault));
    for (const core::Problem& problem : problems) {
      EXPECT_EQ(problem.severity, core::ProblemSeverity::kNote);
      out.push_back(problem.code);
    }
    return out;
  }
  RuleSet rules_;
};

using Codes = std::vector<std::string>;

TEST_F(SuppressionTest, OwnForm) {
  auto out = parse("# assay:ignore TST0001 it is a website until=2030-01-31");
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].rule, "TST0001");
  EXPECT_EQ(out[0].reason, "it is a website");
  EXPECT_EQ(out[0].until, "2030-01-31");
  EXPECT_FALSE(out[0].foreign);
  EXPECT_EQ(out[0].line, 1u);
  EXPECT_EQ(out[0].next_line, 2u);
  out = parse("/* assay:ignore TST0001,name-of-two two at once */");
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[1].rule, "name-of-two");
  EXPECT_EQ(out[1].reason, "two at once");
  EXPECT_TRUE(parse("# nothing is ignored here").empty());
  EXPECT_TRUE(parse("# plain words").empty());
}

TEST_F(SuppressionTest, FormsOfPeers) {
  struct Case {
    const char *comment, *rule, *reason, *until;
  };
  for (const Case& one : std::initializer_list<Case>{
           {"# checkov:skip=CKV_AWS_20:a public bucket", "CKV_AWS_20", "a public bucket", ""},
           {"#checkov:skip=CKV_AWS_20", "CKV_AWS_20", "", ""},
           {"/* checkov:skip=CKV_AWS_20:why */", "CKV_AWS_20", "why", ""},
           {"// bridgecrew:skip=BC_1:x", "BC_1", "x", ""},
           {"# trivy:ignore:AVD-AWS-0086", "AVD-AWS-0086", "", ""},
           {"# trivy:ignore:AVD-AWS-0086:exp:2024-01-01", "AVD-AWS-0086", "", "2024-01-01"},
           {"# trivy:ignore:aws-s3[bucket=x]", "aws-s3", "", ""},
           {"# trivy:ignore:AVD-T-1:ws:prod:exp:2024-01-01 a reason", "AVD-T-1", "a reason", "2024-01-01"},
           {"#tfsec:ignore:* until the move", "*", "until the move", ""},
           {"#ts:skip=AC_AWS_0214 a reason", "AC_AWS_0214", "a reason", ""},
           {"# cortex:skip=CKV_AWS_20:why", "CKV_AWS_20", "why", ""},
           {"# kics-scan ignore-block", "*", "", ""},
           {"# kics-scan ignore", "*", "", ""},
           {"# kics-scan disable=0afa6ab8", "0afa6ab8", "", ""},
           {"#tfsec:ignore:aws-s3-no-public", "aws-s3-no-public", "", ""},
           {"# kics-scan ignore-line", "*", "", ""}}) {
    auto out = parse(one.comment);
    ASSERT_EQ(out.size(), 1u) << one.comment;
    EXPECT_EQ(out[0].rule, one.rule) << one.comment;
    EXPECT_EQ(out[0].reason, one.reason) << one.comment;
    EXPECT_EQ(out[0].until, one.until) << one.comment;
    EXPECT_TRUE(out[0].foreign) << one.comment;
  }
  EXPECT_EQ(parse("# trivy:ignore:A trivy:ignore:B").size(), 2u);
  EXPECT_EQ(parse("# kics-scan disable=a,b").size(), 2u);
  EXPECT_TRUE(parse("# facts:skip=X, pretrivy:ignore:Y").empty());
  auto out = parse("# trivy:ignore:A[bucket=x, versioning.enabled=\"false\"]:exp:2024-13-01");
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].where, (std::vector<std::pair<std::string, std::string>>{{"bucket", "x"}, {"versioning.enabled", "false"}}));
  EXPECT_EQ(out[0].bad_until, "2024-13-01");
  // Behind code, commands for the whole file mean nothing.
  core::FileId id = file("late.tf", "a = 1\n# kics-scan ignore\n");
  EXPECT_TRUE(parse_directives(sources_, at(id, "# kics-scan ignore")).empty());
}

TEST_F(SuppressionTest, BehindCodeItCoversItsLine) {
  core::FileId id = file("m.tf", "r \"b\" {\n  a = 1 # assay:ignore TST0001 why\n  b = 2\n}\n");
  core::Span head = at(id, "r \"b\""), all{id, 0, static_cast<uint32_t>(sources_.text(id).size())};
  std::vector<Finding> findings = {finding(at(id, "1"), head, all), finding(at(id, "2"), head, all),
                                   finding(at(id, "1"), head, all, 1)};
  EXPECT_EQ(apply(findings, directives_of(id)), Codes{});
  ASSERT_TRUE(findings[0].suppressed);
  EXPECT_EQ(findings[0].suppressed->kind, "inSource");
  EXPECT_EQ(findings[0].suppressed->reason, "why");
  EXPECT_EQ(text(findings[0].suppressed->span), "# assay:ignore TST0001 why");
  EXPECT_FALSE(findings[1].suppressed);
  EXPECT_FALSE(findings[2].suppressed);
}

TEST_F(SuppressionTest, BehindTheHeadItCoversTheBlock) {
  core::FileId id = file("m.tf", "r \"b\" { # assay:ignore TST0001 why\n  b = 2\n}\nr \"c\" {\n  b = 3\n}\n");
  core::Span first = at(id, "r \"b\" { # assay:ignore TST0001 why\n  b = 2\n}"), second = at(id, "r \"c\" {\n  b = 3\n}");
  std::vector<Finding> findings = {finding(at(id, "2"), at(id, "r \"b\""), first),
                                   finding(at(id, "3"), at(id, "r \"c\""), second)};
  EXPECT_EQ(apply(findings, directives_of(id)), Codes{});
  EXPECT_TRUE(findings[0].suppressed);
  EXPECT_FALSE(findings[1].suppressed);
}

TEST_F(SuppressionTest, AloneAboveOrInsideItCoversTheResource) {
  for (const char* text : {"# assay:ignore TST0001 why\n\n# more words\nr \"b\" {\n  a = 1\n  b = 2\n}\n",
                           "r \"b\" {\n  # assay:ignore TST0001 why\n  a = 1\n  b = 2\n}\n"}) {
    core::FileId id = file("m" + std::to_string(sources_.size()), text);
    core::Span head = at(id, "r \"b\"");
    std::vector<Finding> findings = {finding(at(id, "2"), head, {id, head.begin, static_cast<uint32_t>(strlen(text))})};
    EXPECT_EQ(apply(findings, directives_of(id)), Codes{});
    EXPECT_TRUE(findings[0].suppressed) << text;
  }
}

TEST_F(SuppressionTest, AboveADocumentItCoversTheDocument) {
  core::FileId id = file("m.yaml", "# assay:ignore TST0001 why\napiVersion: v1\nkind: Pod\nspec: 1\n---\nkind: Pod\nspec: 2\n");
  std::vector<Finding> findings = {
      finding(at(id, "1\n---"), at(id, "kind: Pod"), at(id, "apiVersion: v1\nkind: Pod\nspec: 1")),
      finding(at(id, "2\n"), at(id, "kind: Pod", 1), at(id, "kind: Pod\nspec: 2"))};
  EXPECT_EQ(apply(findings, directives_of(id)), Codes{});
  EXPECT_TRUE(findings[0].suppressed);
  EXPECT_FALSE(findings[1].suppressed);
}

TEST_F(SuppressionTest, ManyDirectivesAndFindings) {
  constexpr uint32_t kCount = 3000;
  std::string text;
  for (uint32_t i = 0; i < kCount; ++i) text += "# assay:ignore TST0001 reason\n";
  text += "head {\n}\n";
  uint32_t head = static_cast<uint32_t>(text.find("head"));
  for (uint32_t i = 0; i < kCount; ++i) text += "x # assay:ignore TST000" + std::string(i % 2 ? "1" : "2") + " reason\n";
  core::FileId id = file("many", text);
  std::vector<Directive> directives;
  NextCode next;
  for (size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at + 1)) {
    auto end = static_cast<uint32_t>(text.find('\n', at));
    for (Directive& one : parse_directives(sources_, {id, static_cast<uint32_t>(at), end}, &next)) {
      EXPECT_EQ(one.next_line, at < head ? kCount + 1 : 0u);
      directives.push_back(std::move(one));
    }
  }
  ASSERT_EQ(directives.size(), 2 * kCount);
  core::Span header{id, head, head + 4};
  std::vector<Finding> findings{finding(header, header, {id, head, head + 8})};
  for (size_t at = text.find("\nx", head); at != std::string::npos; at = text.find("\nx", at + 1)) {
    core::Span place{id, static_cast<uint32_t>(at + 1), static_cast<uint32_t>(at + 2)};
    findings.push_back(finding(place, place, place));
  }
  ASSERT_EQ(findings.size(), kCount + 1);
  apply(findings, directives);
  EXPECT_TRUE(findings[0].suppressed);
  for (uint32_t i = 0; i < kCount; ++i) EXPECT_EQ(findings[i + 1].suppressed.has_value(), i % 2 == 1) << i;
}

TEST_F(SuppressionTest, KicsIgnoresOneLineOnly) {
  core::FileId id = file("m.tf", "r \"b\" {\n  # kics-scan ignore-line\n  a = 1\n  b = 2\n}\n");
  core::Span head = at(id, "r \"b\""), all{id, 0, static_cast<uint32_t>(sources_.text(id).size())};
  std::vector<Finding> findings = {finding(at(id, "1"), head, all), finding(at(id, "2"), head, all)};
  EXPECT_EQ(apply(findings, directives_of(id)), Codes{});
  EXPECT_TRUE(findings[0].suppressed);
  EXPECT_FALSE(findings[1].suppressed);
}

TEST_F(SuppressionTest, ThroughAliases) {
  core::FileId id = file("m.tf", "a = 1 # checkov:skip=CKV_T_1:known\n");
  std::vector<Finding> findings = {finding(at(id, "1"), at(id, "a"), at(id, "a = 1"))};
  EXPECT_EQ(apply(findings, directives_of(id)), Codes{});
  ASSERT_TRUE(findings[0].suppressed);
  EXPECT_EQ(findings[0].suppressed->reason, "known");
}

TEST_F(SuppressionTest, ExpiredOnesSuppressNothingAndAreReported) {
  for (auto [date, suppressed] : {std::pair{"2025-06-14", false}, std::pair{"2025-06-15", true}, std::pair{"2099-01-01", true}}) {
    core::FileId id = file("m" + std::string(date), "a = 1 # assay:ignore TST0001 why until=" + std::string(date) + "\n");
    std::vector<Finding> findings = {finding(at(id, "1"), at(id, "a"), at(id, "a = 1"))};
    Codes codes = apply(findings, directives_of(id));
    EXPECT_EQ(findings[0].suppressed.has_value(), suppressed) << date;
    EXPECT_EQ(codes, suppressed ? Codes{} : Codes{"expired"}) << date;
  }
}

TEST_F(SuppressionTest, MistakesAreNotes) {
  struct Case {
    const char* comment;
    Codes codes;
  };
  for (const Case& one : std::vector<Case>{
           {"# assay:ignore TST0001", {"without-reason"}},
           {"# assay:ignore TST0002 why", {"unused"}},
           {"# assay:ignore TST0099 why", {"unknown-rule"}},
           {"# assay:ignore", {"malformed"}},
           {"# assay:ignore TST0001 why until=tomorrow", {"malformed"}},
           {"# checkov:skip=CKV_UNHEARD_OF", {"suppression-no-rule"}},
           {"# checkov:skip=CKV_T_1,CKV_UNHEARD_OF:both", {"suppression-no-rule"}},
           {"# checkov:skip=CKV_T_1", {}}}) {
    core::FileId id = file("m" + std::to_string(sources_.size()), "a = 1 " + std::string(one.comment) + "\n");
    std::vector<Finding> findings = {finding(at(id, "1"), at(id, "a"), at(id, "a = 1"))};
    EXPECT_EQ(apply(findings, directives_of(id)), one.codes) << one.comment;
  }
  std::vector<Finding> none;
  core::FileId id = file("narrow", "a = 1 # assay:ignore TST0099 why\n");
  std::vector<Rule> idle(1);
  idle[0].info.id = "TST0099";
  EXPECT_EQ(apply(none, directives_of(id), idle), Codes{});
  std::vector<Directive> quiet = directives_of(id);
  quiet[0].quiet = true;
  EXPECT_EQ(apply(none, quiet), Codes{});
}

TEST_F(SuppressionTest, Annotations) {
  core::FileId id = file("pod.yaml", "kind: Pod\nnotes: here\nimage: x\n");
  model::Value notes = object({{"ignore-check.kube-linter.io/no-thing", at(id, "notes"), model::string_value("tested")},
                               {"checkov.io/skip1", at(id, "notes"), model::string_value("CKV_T_1=because")},
                               {"kube-linter.io/ignore-all", at(id, "notes"), model::string_value("all")},
                               {"unrelated", at(id, "notes"), model::string_value("x")}});
  model::Resource& pod = resource("Pod.x", object({{"metadata", {}, object({{"annotations", {}, notes}})}}));
  pod.header = at(id, "kind: Pod");
  pod.span = {id, 0, static_cast<uint32_t>(sources_.text(id).size())};
  std::vector<Directive> out = annotation_directives(sources_, pod);
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0].rule, "no-thing");
  EXPECT_EQ(out[0].reason, "tested");
  EXPECT_EQ(out[1].rule, "CKV_T_1");
  EXPECT_EQ(out[1].reason, "because");
  EXPECT_EQ(out[2].rule, "*");
  std::vector<Finding> findings = {finding(at(id, "x"), pod.header, pod.span), finding(at(id, "x"), pod.header, pod.span, 1)};
  EXPECT_EQ(apply(findings, {out[0]}), Codes{});
  EXPECT_TRUE(findings[0].suppressed);
  EXPECT_FALSE(findings[1].suppressed);
  EXPECT_EQ(apply(findings, {out[2]}), Codes{});
  EXPECT_TRUE(findings[1].suppressed);
}

TEST_F(SuppressionTest, CloudFormationMetadata) {
  core::FileId id = file("t.yaml", "B:\n  id: CKV_T_1\n  acl: x\n");
  model::Value skip = object({{"id", {}, literal(id, "CKV_T_1")}, {"comment", {}, model::string_value("known")}});
  model::Value metadata = object({{"checkov", {}, object({{"skip", {}, list({skip})}})}});
  model::Resource& bucket = resource("B", object({{"Metadata", {}, metadata}}));
  bucket.header = at(id, "B");
  bucket.span = {id, 0, static_cast<uint32_t>(sources_.text(id).size())};
  std::vector<Directive> out = annotation_directives(sources_, bucket);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].rule, "CKV_T_1");
  EXPECT_EQ(out[0].reason, "known");
  EXPECT_EQ(text(out[0].span), "CKV_T_1");
}

TEST_F(SuppressionTest, Dates) {
  for (const char* date : {"2024-02-29", "2000-02-29", "2025-12-31"}) EXPECT_TRUE(is_date(date)) << date;
  for (const char* date : {"2023-02-29", "1900-02-29", "2025-13-01", "2025-04-31", "2025-00-10", "2025-1-01", "25-01-01", ""}) {
    EXPECT_FALSE(is_date(date)) << date;
  }
}

TEST_F(SuppressionTest, BlocksAndFilesOfKics) {
  core::FileId id = file("m.tf", "r \"b\" {\n  # kics-scan ignore-block\n  in {\n    a = 1 # }\n  }\n  b = 2\n}\n");
  core::Span head = at(id, "r \"b\""), all{id, 0, static_cast<uint32_t>(sources_.text(id).size())};
  std::vector<Finding> findings = {finding(at(id, "1"), head, all), finding(at(id, "2"), head, all)};
  core::Span comment = at(id, "# kics-scan ignore-block");
  EXPECT_EQ(apply(findings, parse_directives(sources_, comment)), Codes{});
  EXPECT_TRUE(findings[0].suppressed);
  EXPECT_FALSE(findings[1].suppressed);

  core::FileId yaml = file("m.yaml", "spec:\n  # kics-scan ignore-block\n  containers:\n  - image: x\n    tty: true\n  other: y\n");
  std::vector<Finding> two = {finding(at(yaml, "true"), at(yaml, "spec"), {}), finding(at(yaml, "y\n"), at(yaml, "spec"), {})};
  EXPECT_EQ(apply(two, directives_of(yaml)), Codes{});
  EXPECT_TRUE(two[0].suppressed);
  EXPECT_FALSE(two[1].suppressed);

  core::FileId whole = file("w.tf", "\n# kics-scan ignore\nr \"b\" {\n  a = 1\n}\nr \"c\" {\n  a = 2\n}\n");
  std::vector<Finding> every = {finding(at(whole, "1"), at(whole, "r \"b\""), {}), finding(at(whole, "2"), at(whole, "r \"c\""), {}),
                                finding(at(id, "2"), head, all)};
  EXPECT_EQ(apply(every, directives_of(whole)), Codes{});
  EXPECT_TRUE(every[0].suppressed);
  EXPECT_TRUE(every[1].suppressed);
  EXPECT_FALSE(every[2].suppressed);
}

TEST_F(SuppressionTest, TrivyAsksForValuesAndWorkspaces) {
  core::FileId id = file("m.tf", "# trivy:ignore:AVD-T-1[port=3306]\nr \"b\" {\n  port = p\n}\n");
  model::Resource& mysql = resource("r.b[0]", object({{"port", {}, model::number_value(core::Number(3306), arena())}}));
  model::Resource& pg = resource("r.b[1]", object({{"rule", {}, list({object({{"port", {}, model::string_value("5432")}})})}}));
  core::Span head = at(id, "r \"b\"");
  mysql.header = pg.header = head;
  model::Project project;
  project.resources = {&mysql, &pg};
  std::vector<Finding> findings = {finding(head, head, head), finding(head, head, head)};
  findings[0].resource.address = "r.b[0]";
  findings[1].resource.address = "r.b[1]";
  EXPECT_EQ(apply(findings, directives_of(id), {}, &project), Codes{});
  EXPECT_TRUE(findings[0].suppressed);
  EXPECT_FALSE(findings[1].suppressed);
  // One finding for several instances is suppressed when all of them are.
  findings[0].suppressed.reset();
  findings[0].related.push_back({head, "also r.b[1]"});
  apply(findings, directives_of(id), {}, &project);
  EXPECT_FALSE(findings[0].suppressed);

  for (auto [name, suppressed] : {std::pair{"prod", true}, std::pair{"dev", false}, std::pair{"pr*", true}}) {
    core::FileId other = file("w" + std::string(name), "a = 1 # trivy:ignore:AVD-T-1:ws:" + std::string(name) + "\n");
    std::vector<Finding> one = {finding(at(other, "1"), at(other, "a"), at(other, "a = 1"))};
    apply(one, directives_of(other));
    EXPECT_EQ(one[0].suppressed.has_value(), suppressed) << name;
  }
}

TEST_F(SuppressionTest, ACallCoversWhatItMakes) {
  core::FileId id = file("main.tf", "# assay:ignore TST0001 why\nmodule \"a\" {\n}\nmodule \"b\" {\n}\n");
  core::FileId inner = file("m/main.tf", "r \"x\" {\n}\n");
  core::Span head = at(inner, "r \"x\"");
  model::Project project;
  for (const char* name : {"a", "b"}) {
    model::Resource& call = resource("module." + std::string(name), object({}));
    call.stable_address = call.address;
    call.kind = "module";
    call.header = at(id, "module \"" + std::string(name) + "\"");
    call.span = {id, call.header.begin, call.header.end + 4};
    model::Resource& made = resource("module." + std::string(name) + ".r.x", object({}));
    made.module_path = call.address;
    made.header = head;
    project.resources.push_back(&call);
    project.resources.push_back(&made);
  }
  for (model::Resource* one : project.resources) one->root = root_.get();
  std::vector<Finding> findings = {finding(head, head, head), finding(head, head, head)};
  findings[0].resource.address = "module.a.r.x";
  findings[1].resource.address = "module.b.r.x";
  EXPECT_EQ(apply(findings, directives_of(id), {}, &project), Codes{});
  EXPECT_TRUE(findings[0].suppressed);
  EXPECT_FALSE(findings[1].suppressed);
}

TEST_F(SuppressionTest, EntriesOfAConfiguration) {
  core::FileId id = file("assay.yaml", "suppressions:\n  - rule: TST0001\n");
  core::FileId code = file("a.tf", "a = 1\n");
  Directive entry;
  entry.span = at(id, "TST0001");
  entry.rule = "TST0001";
  entry.reason = "accepted";
  entry.owner = "platform";
  entry.selects = [](const Finding& one) { return one.resource.address == "a"; };
  std::vector<Finding> findings = {finding(at(code, "1"), at(code, "a"), {}), finding(at(code, "1"), at(code, "a"), {})};
  findings[0].resource.address = "a";
  findings[1].resource.address = "b";
  EXPECT_EQ(apply(findings, {entry}), Codes{});
  ASSERT_TRUE(findings[0].suppressed);
  EXPECT_EQ(findings[0].suppressed->kind, "external");
  EXPECT_EQ(findings[0].suppressed->reason, "accepted (owner: platform)");
  EXPECT_FALSE(findings[1].suppressed);
  entry.selects = [](const Finding&) { return false; };
  EXPECT_EQ(apply(findings, {entry}), Codes{"unused"});
}

TEST_F(SuppressionTest, ReasonsOfPeersOnDemand) {
  core::FileId id = file("m.tf", "a = 1 # checkov:skip=CKV_T_1\n");
  std::vector<Finding> findings = {finding(at(id, "1"), at(id, "a"), at(id, "a = 1"))};
  EXPECT_EQ(apply(findings, directives_of(id), {}, nullptr, false), Codes{});
  EXPECT_EQ(apply(findings, directives_of(id), {}, nullptr, true), Codes{"without-reason"});
}

TEST_F(SuppressionTest, AnnotationsOfOtherTools) {
  core::FileId id = file("pod.yaml", "kind: Pod\nnotes: here\n");
  core::Span key = at(id, "notes");
  model::Value notes = object({{"kube-score/ignore", key, model::string_value("a-check,no-thing")},
                               {"polaris.fairwinds.com/runAsRoot-exempt", key, model::string_value("true")},
                               {"polaris.fairwinds.com/other-exempt", key, model::string_value("false")},
                               {"polaris.fairwinds.com/exempt", key, model::string_value("true")},
                               {"runterrascan.io/skip", key, model::string_value("[{\"rule\": \"AC_1\", \"comment\": \"why\"}, {\"rule\": \"AC_2\"}]")},
                               {"assay/ignore", key, model::string_value("TST0001, TST0002 tested until=2030-01-01")}});
  model::Resource& pod = resource("Pod.x", object({{"metadata", {}, object({{"annotations", {}, notes}})}}));
  pod.header = at(id, "kind: Pod");
  pod.span = {id, 0, 20};
  std::vector<std::string> got;
  for (const Directive& one : annotation_directives(sources_, pod)) {
    got.push_back(one.form + " " + one.rule + "|" + one.reason + "|" + one.until + (one.foreign ? "" : "|own"));
  }
  EXPECT_EQ(got, (Codes{"kube-score a-check||", "kube-score no-thing||", "polaris.fairwinds.com runAsRoot||", "polaris.fairwinds.com *||",
                        "runterrascan.io AC_1|why|", "runterrascan.io AC_2||", "assay/ignore TST0001|tested|2030-01-01|own",
                        "assay/ignore TST0002|tested|2030-01-01|own"}));
}

TEST_F(SuppressionTest, MetadataOfOtherTools) {
  core::FileId id = file("t.yaml", "B:\n  x: 1\n");
  auto item = [&](const char* id_text, const char* key, const char* why) {
    return object({{"id", {}, model::string_value(id_text)}, {key, {}, model::string_value(why)}});
  };
  model::Value metadata = object({
      {"cfn_nag", {}, object({{"rules_to_suppress", {}, list({item("W12", "reason", "a")})}})},
      {"cdk_nag", {}, object({{"rules_to_suppress", {}, list({item("AwsSolutions-S1", "reason", "b")})}})},
      {"cfn-lint", {}, object({{"config", {}, object({{"ignore_checks", {}, list({model::string_value("E3012")})}})}})},
      {"guard", {}, object({{"SuppressedRules", {}, list({model::string_value("S3_X")})}})},
      {"assay", {}, object({{"ignore", {}, object({{"rule", {}, model::string_value("TST0001")}, {"until", {}, model::string_value("soon")}})}})}});
  model::Resource& bucket = resource("B", object({{"Metadata", {}, metadata}}));
  bucket.header = at(id, "B");
  bucket.span = {id, 0, 10};
  std::vector<std::string> got;
  for (const Directive& one : annotation_directives(sources_, bucket)) got.push_back(one.rule + "|" + one.reason + "|" + one.bad_until);
  EXPECT_EQ(got, (Codes{"W12|a|", "AwsSolutions-S1|b|", "E3012||", "S3_X||", "TST0001||soon"}));
}

TEST_F(SuppressionTest, IdsOfTrivyAndTfsec) {
  RuleInfo rule{.id = "AWS0101", .aliases = {{"trivy", "AVD-AWS-0092"}, {"trivy", "KSV014"}}};
  for (const char* name : {"AVD-AWS-0092", "AWS-0092", "aws-0092", "aws-s3-no-public-access-with-acl", "aws-s3-no-public-*", "tfsec:aws-s3-no-public-access-with-acl",
                           "trivy:AWS-0092", "AVD-KSV-0014", "KSV-0014", "KSV014", "AWS-00*"}) {
    EXPECT_TRUE(names_rule(name, rule)) << name;
  }
  for (const char* name : {"AVD-AWS-0093", "KSV-0015", "aws-s3-enable-versioning", "checkov:AWS-0092", "0092"}) EXPECT_FALSE(names_rule(name, rule)) << name;
}

// Where many names are asked for they are looked up: the answers are those of names_rule().
TEST_F(SuppressionTest, ManyNamesMeanWhatFewMean) {
  RuleSet rules;
  std::vector<std::string> names = {"*", "TST*", "tst0001", "nothing", "checkov:CKV_T_1", "AVD-AWS-0092", "AWS-0092", "aws-s3-no-public-access-with-acl",
                                    "KSV-0014", "ksv14", "AVD-KSV-0014", "KSV014", "tfsec:aws-s3-no-public-access-with-acl", "name-of-two", "NO-THING", "0092"};
  Rule one{.info = {.id = "TST0001", .name = "name-of-one", .aliases = {{"checkov", "CKV_T_1"}, {"trivy", "AVD-AWS-0092"}, {"kube-linter", "no-thing"}}}};
  Rule two{.info = {.id = "TST0002", .name = "name-of-two", .aliases = {{"trivy", "KSV014"}}}};
  rules.add(one);
  rules.add(two);
  rules.seal();
  core::FileId id = file("m.tf", "a = 1\n");
  core::Problems problems;
  std::vector<Directive> directives;
  for (const std::string& name : names) {
    Directive directive;
    directive.span = at(id, "a");
    directive.rule = name;
    directive.reason = "x";
    directive.selects = [](const Finding&) { return true; };
    directives.push_back(std::move(directive));
  }
  for (uint32_t rule : {0u, 1u}) {
    std::vector<Finding> findings = {finding(at(id, "1"), at(id, "a"), at(id, "a = 1"), rule)};
    for (Directive& directive : directives) directive.used = false;
    apply_suppressions(findings, directives, {rules, sources_, "2025-01-01", {}, nullptr, ""});
    for (const Directive& directive : directives) {
      EXPECT_EQ(directive.used, names_rule(directive.rule, rules.rules()[rule].info)) << directive.rule << " " << rule;
    }
  }
}

}  // namespace
}  // namespace assay::rules
