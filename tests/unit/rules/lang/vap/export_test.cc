#include "rules/lang/vap/export.h"

#include <algorithm>

#include "rules/lang/admission/documents.h"
#include "rules/lang/admission/kinds.h"
#include "rules/lang/pack/pack.h"
#include "rules/lang/vap/translate.h"

namespace assay::rules::vap {
namespace {

using admission::Answer;
using admission::PolicySet;
using admission::Request;
using admission::Scratch;

// How many objects of a text the policy objects to.
size_t objections(const PolicySet& policies, const std::string& text) {
  core::SourceSet sources;
  std::vector<admission::LoadError> errors;
  admission::Documents documents(sources, errors);
  documents.read(sources.add("example.yaml", text));
  core::Arena arena;
  size_t count = 0;
  for (const admission::Document& document : documents.all()) {
    model::Value object = admission::value_of(*document.tree, document.node, arena);
    Request request;
    auto [group, version] = admission::split_api_version(document.api_version);
    std::string resource = admission::resource_of_kind(document.kind);
    request.kind = request.request_kind = {group, version, document.kind};
    request.resource = request.request_resource = {group, version, resource};
    request.name_space = admission::is_cluster_scoped(group, document.kind) ? "" : "default";
    request.object = &object;
    Scratch scratch;
    Answer answer;
    policies.judge(request, scratch, answer);
    count += !answer.decisions.empty();
  }
  return count;
}

TEST(ExportVap, ExportedRulesSayWhatTheRulesSayOfTheirExamples) {
  size_t exported = 0, examples = 0;
  for (Rule& rule : builtin_rules()) {
    bool kubernetes = std::any_of(rule.info.resources.begin(), rule.info.resources.end(),
                                  [](const std::string& resource) { return resource.starts_with("kubernetes/"); });
    if (!kubernetes) continue;
    complete_logic(rule);
    complete_texts(rule.info);
    Exported out = export_rule(rule, "Deny");
    EXPECT_NE(out.yaml.empty(), out.reason.empty()) << rule.info.id;
    if (out.yaml.empty()) continue;
    ++exported;
    auto set = admission::load_policies({{rule.info.id + ".yaml", out.yaml}}, true);
    ASSERT_TRUE(set->errors.empty()) << rule.info.id << ": " << set->errors[0].message << "\n" << out.yaml;
    for (const Example& example : builtin_examples(rule.info.id)) {
      if (example.format != "kubernetes") continue;
      size_t found = 0;
      for (const ExampleFile& file : example.files) found += objections(*set, file.text);
      EXPECT_EQ(example.bad, found > 0) << rule.info.id << " " << rule.info.name << ", example of line " << example.line << "\n" << out.yaml << example.files[0].text;
      ++examples;
    }
  }
  EXPECT_GT(exported, 90u);
  EXPECT_GT(examples, 200u);
}

std::string translated(std::string_view logic) {
  Translation out = translate_condition(logic, {{"resource", {"object", false}}, {"item", {"item", false}}});
  return out.text.empty() ? "refused: " + out.reason : out.text;
}

TEST(ExportVap, ReadsWhatMayBeMissing) {
  EXPECT_EQ(translated("resource.spec.hostIPC == true"), "(dyn(object.?spec.?hostIPC.orValue(null)) == true)");
  EXPECT_EQ(translated("resource.spec.hostPath != null"), "!(dyn(object.?spec.?hostPath.orValue(null)) == null)");
  EXPECT_EQ(translated("resource.a.shared"), "(object.?a.?shared.orValue(null) == true)");
  EXPECT_EQ(translated("resource.metadata.labels[\"a/b\"] == \"x\""), "(dyn(object.?metadata.?labels[?\"a/b\"].orValue(null)) == \"x\")");
  EXPECT_EQ(translated("item.port > 0"), "(type(item.?port.orValue(null)) == int && dyn(item.?port.orValue(null)) > 0)");
  EXPECT_EQ(translated("\"*\" in item.verbs"), "(\"*\" in item.?verbs.orValue([]))");
  EXPECT_EQ(translated("item.a in [null, 1]"), "(dyn(item.?a.orValue(null)) == null || dyn(item.?a.orValue(null)) == 1)");
}

TEST(ExportVap, SaysWhyNot) {
  EXPECT_EQ(translated("absent(\"Service\", resource.name)"), "refused: it looks at other objects, which a ValidatingAdmissionPolicy cannot see");
  EXPECT_EQ(translated("meta.address == \"x\""), "refused: `meta`, which a cluster does not know");
}

}  // namespace
}  // namespace assay::rules::vap
