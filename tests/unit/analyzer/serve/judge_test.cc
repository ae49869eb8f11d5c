#include "analyzer/serve/judge.h"

#include "analyzer/pipeline/pipeline.h"
#include "tests/unit/analyzer/serve/serve_case.h"

namespace assay::serve {
namespace {

using pipeline::AdmissionSettings;
using pipeline::LabelTerm;
using pipeline::ModeRow;

TEST(Judge, FindingsAreThoseOfAScan) {
  std::string object = pod_json(R"([{"name":"a","image":"nginx","securityContext":{"privileged":true}},{"name":"b","image":"b:1"}])",
                                R"(,"hostNetwork":true,"hostPID":true)");
  core::MemoryFileSystem files;
  files.add_file("/x/pod.json", object);
  pipeline::ScanOptions options;
  options.current_directory = "/x";
  options.paths = {"pod.json"};
  auto scan = pipeline::scan(files, options);
  std::vector<std::string> expected;
  for (const rules::Finding& finding : scan->report.findings) {
    if (finding.severity >= rules::Severity::kHigh) expected.push_back(scan->report.rules[finding.rule].id + " " + finding.message);
  }
  Judgement judgement = judge_text(builtin_policies(), review_json(object));
  std::vector<std::string> found;
  for (const Cause& cause : judgement.reply.causes) found.push_back(cause.reason + " " + cause.message);
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  EXPECT_GE(found.size(), 3u);
  EXPECT_EQ(found, expected);
  EXPECT_FALSE(judgement.reply.allowed);
}

TEST(Judge, FieldsArePathsInTheObject) {
  Judgement judgement = judge_text(builtin_policies(), review_json(pod_json(kPrivileged)));
  ASSERT_EQ(cause_ids(judgement), std::vector<std::string>{"KUB0001"});
  EXPECT_EQ(judgement.reply.causes[0].field, "spec.containers[0].securityContext.privileged");
  EXPECT_NE(judgement.reply.message.find("(container \"app\", spec.containers[0].securityContext.privileged)\nsee: assay explain KUB0001"), std::string::npos)
      << judgement.reply.message;
  // Of all containers together the rule's second is the object's first of another list.
  std::string both = pod_json(kPrivileged, R"(,"initContainers":[{"name":"init","image":"i:1"}],"ephemeralContainers":[{"name":"dbg","image":"i:1","securityContext":{"privileged":true}}])");
  judgement = judge_text(builtin_policies(), review_json(both));
  ASSERT_EQ(judgement.reply.causes.size(), 2u);
  EXPECT_EQ(judgement.reply.causes[0].field, "spec.containers[0].securityContext.privileged");
  EXPECT_EQ(judgement.reply.causes[1].field, "spec.ephemeralContainers[0].securityContext.privileged");
}

TEST(Judge, WhatAnUpdateFindsAsItWasDoesNotDeny) {
  Judgement judgement = judge_text(builtin_policies(), review_json(pod_json(kPrivileged, "", R"(,"labels":{"a":"b"})"), pod_json(kPrivileged), "UPDATE"));
  EXPECT_TRUE(judgement.reply.allowed);
  ASSERT_FALSE(judgement.reply.warnings.empty());
  EXPECT_EQ(judgement.reply.warnings[0].find("was there before: KUB0001"), 0u) << judgement.reply.warnings[0];
  AdmissionSettings settings;
  settings.existing = Mode::kEnforce;
  core::MemoryFileSystem files;
  auto strict = make_policies(files, {}, settings);
  EXPECT_FALSE(judge_text(*strict, review_json(pod_json(kPrivileged), pod_json(kPrivileged), "UPDATE")).reply.allowed);
}

TEST(Judge, OneMoreOfItsKindIsNew) {
  std::string two = R"([{"name":"app","image":"a:1","securityContext":{"privileged":true}},{"name":"b","image":"a:1","securityContext":{"privileged":true}}])";
  Judgement judgement = judge_text(builtin_policies(), review_json(pod_json(two), pod_json(kPrivileged), "UPDATE"));
  ASSERT_EQ(cause_ids(judgement), std::vector<std::string>{"KUB0001"});
  EXPECT_EQ(judgement.reply.causes[0].field, "spec.containers[1].securityContext.privileged");
}

TEST(Judge, DeletionsAndStatusesAreNotJudgedByRules) {
  EXPECT_TRUE(judge_text(builtin_policies(), review_json("null", pod_json(kPrivileged), "DELETE")).reply.allowed);
  EXPECT_TRUE(judge_text(builtin_policies(), review_json(pod_json(kPrivileged), pod_json(), "UPDATE", R"(,"subResource":"status")")).reply.allowed);
  EXPECT_TRUE(judge_text(builtin_policies(), review_json(pod_json(kPrivileged, "", R"(,"deletionTimestamp":"2026-01-01T00:00:00Z")"), pod_json(), "UPDATE")).reply.allowed);
  EXPECT_FALSE(judge_text(builtin_policies(), review_json(pod_json(kPrivileged), pod_json(), "UPDATE")).reply.allowed);
}

TEST(Judge, RulesAboutOtherObjectsAreSaidNotToBeAsked) {
  Judgement judgement = judge_text(builtin_policies(), review_json(pod_json()));
  std::string not_evaluated, generation;
  for (const auto& [key, text] : judgement.reply.annotations) {
    if (key == "not-evaluated") not_evaluated = text;
    if (key == "generation") generation = text;
  }
  EXPECT_NE(not_evaluated.find("KUB0052"), std::string::npos);
  EXPECT_EQ(generation, "7");
  for (const rules::Rule& rule : builtin_policies().rules().rules()) EXPECT_TRUE(rules::is_local(rule)) << rule.info.id;
  EXPECT_GT(builtin_policies().rules().rules().size(), 150u);
}

TEST(Judge, TimeThatIsOverIsAFailureAndNoVerdict) {
  Judgement judgement = judge_text(builtin_policies(), review_json(pod_json()), core::Deadline::after(std::chrono::milliseconds(-1)));
  EXPECT_TRUE(judgement.failed);
  EXPECT_EQ(judgement.refusal.code, 504);
}

TEST(Judge, EvaluatorsKeepNothingBetweenReviews) {
  PolicyState::Borrowed workspace(builtin_policies());
  for (int i = 0; i < 300; ++i) {
    Refusal why;
    bool bad = i % 3 == 0;
    auto review = read_review(review_json(bad ? pod_json(kPrivileged) : pod_json()), why);
    Judgement judgement;
    judge(*review, builtin_policies(), *workspace, {}, judgement);
    ASSERT_EQ(judgement.reply.allowed, !bad) << i;
  }
}

ModeRow row(Mode mode, std::vector<std::string> rules) {
  ModeRow out;
  out.mode = mode;
  out.rules = std::move(rules);
  return out;
}

TEST(Judge, RowsOfModes) {
  AdmissionSettings settings;
  settings.modes = {row(Mode::kWarn, {"privileged-container"}), row(Mode::kOff, {}), row(Mode::kEnforce, {"KUB0001"})};
  settings.modes[1].namespaces = {"kube-*", "!kube-public"};
  settings.modes[2].objects = {{"strict", LabelTerm::Operator::kExists, {}}};
  core::MemoryFileSystem files;
  auto policies = make_policies(files, {}, settings);
  Judgement judgement = judge_text(*policies, review_json(pod_json(kPrivileged, R"(,"hostNetwork":true)")));
  EXPECT_EQ(cause_ids(judgement), std::vector<std::string>{"KUB0002"});
  auto in = [&](const char* space, std::string_view metadata = "") {
    std::string text = review_json(pod_json(kPrivileged, "", metadata));
    for (size_t at; (at = text.find("shop")) != std::string::npos;) text.replace(at, 4, space);
    return judge_text(*policies, text);
  };
  EXPECT_TRUE(in("kube-system").objections.empty());
  EXPECT_FALSE(in("kube-public").objections.empty());
  EXPECT_TRUE(in("x").reply.allowed);
  EXPECT_FALSE(in("x", R"(,"labels":{"strict":""})").reply.allowed);
}

TEST(Judge, LabelsOfNamespacesThatAreNotKnownEaseNothing) {
  AdmissionSettings settings;
  settings.modes = {row(Mode::kOff, {"KUB0001"})};
  settings.modes[0].of_namespace = {{"env", LabelTerm::Operator::kIn, {"dev"}}};
  core::MemoryFileSystem files;
  auto policies = make_policies(files, {}, settings);
  EXPECT_FALSE(judge_text(*policies, review_json(pod_json(kPrivileged))).reply.allowed);
  files.add_file("/p/namespaces.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {env: dev}}\n");
  policies = make_policies(files, {"/p"}, settings);
  EXPECT_TRUE(judge_text(*policies, review_json(pod_json(kPrivileged))).reply.allowed);
}

TEST(Judge, PoliciesOfCheckov) {
  core::MemoryFileSystem files;
  files.add_file("/p/own.yaml", R"(metadata:
  id: CKV2_OWN_1
  name: "Pods say who owns them"
  severity: HIGH
definition:
  cond_type: attribute
  resource_types: [Pod]
  attribute: metadata.labels.owner
  operator: exists
)");
  auto policies = make_policies(files, {"/p"});
  ASSERT_NE(policies, nullptr);
  Judgement judgement = judge_text(*policies, review_json(pod_json()));
  ASSERT_EQ(judgement.reply.causes.size(), 1u);
  EXPECT_NE(judgement.reply.message.find("Pods say who owns them"), std::string::npos) << judgement.reply.message;
  EXPECT_TRUE(judge_text(*policies, review_json(pod_json(R"([{"name":"a","image":"a:1"}])", "", R"(,"labels":{"owner":"x"})"))).reply.allowed);
}

TEST(Judge, PoliciesThatAreBrokenMakeNoSet) {
  core::MemoryFileSystem files;
  files.add_file("/p/a.md", "---\nid: OWN0001\n---\n");
  std::vector<pipeline::UsageError> errors;
  EXPECT_EQ(make_policies(files, {"/p"}, {}, &errors), nullptr);
  EXPECT_FALSE(errors.empty());
  AdmissionSettings settings;
  settings.modes = {row(Mode::kWarn, {"KUB9999"})};
  EXPECT_EQ(make_policies(files, {}, settings, &errors), nullptr);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_NE(errors[0].message.find("no rule or policy is called 'KUB9999'"), std::string::npos);
}

}  // namespace
}  // namespace assay::serve
