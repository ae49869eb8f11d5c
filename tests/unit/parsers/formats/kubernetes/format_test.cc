#include "parsers/formats/kubernetes/format.h"

#include "tests/unit/parsers/formats/format_fixture.h"

namespace assay::formats {
namespace {

using model::Coverage;
using model::Resource;
using model::Root;
using model::Value;

FormatFixture yaml(std::string text) {
  return FormatFixture(kubernetes_format(), "a.yaml", std::move(text));
}

std::vector<std::string> addresses(const Root& root) {
  std::vector<std::string> out;
  for (const Resource& resource : root.resources) out.emplace_back(resource.address);
  return out;
}

std::vector<std::string> views(const Resource& resource) {
  std::vector<std::string> out;
  for (const model::View& view : resource.views) out.emplace_back(view.type.text());
  return out;
}

using Strings = std::vector<std::string>;

TEST(KubernetesFormat, ReadsObjectsOfAStream) {
  auto f = yaml(
      "# a comment\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: web}\n"
      "---\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: b\n"
      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n"
      "---\napiVersion: v1\nkind: Pod\nmetadata: {generateName: job-}\n");
  EXPECT_EQ(f.sniff(), 90);
  Root& root = f.load();
  EXPECT_EQ(addresses(root),
            (Strings{"Pod.web.a", "Deployment.default.b", "Namespace.web", "Pod.default.job-"}));
  const Resource& b = root.resources[1];
  EXPECT_EQ(b.type, "apps/v1/Deployment");
  EXPECT_EQ(root.resources[0].type, "v1/Pod");
  EXPECT_EQ(b.name, "b");
  EXPECT_EQ(b.kind, "object");
  EXPECT_EQ(f.text(b.header), "Deployment");
  EXPECT_TRUE(f.text(b.span).starts_with("apiVersion: apps/v1"));
  ASSERT_EQ(root.coverage.size(), 1u);
  EXPECT_EQ(root.coverage[0].state, Coverage::State::kEvaluated);
  EXPECT_TRUE(root.problems.empty());
}

TEST(KubernetesFormat, MakesRepeatedAddressesUnique) {
  auto f = yaml(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n"
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: default}\n");
  Root& root = f.load();
  EXPECT_EQ(addresses(root), (Strings{"Pod.default.a", "Pod.default.a#2"}));
  EXPECT_EQ(root.resources[1].stable_address, "Pod.default.a");
}

TEST(KubernetesFormat, ExpandsLists) {
  auto f = yaml(
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n"
      "  metadata: {name: s}\n- apiVersion: v1\n  kind: PodList\n  items:\n"
      "  - metadata: {name: p}\n  - {kind: Pod, apiVersion: v1, metadata: {name: q}}\n- 7\n");
  Root& root = f.load();
  EXPECT_EQ(addresses(root), (Strings{"Service.default.s", "Pod.default.p", "Pod.default.q"}));
  EXPECT_EQ(f.text(root.resources[0].header), "Service");
  ASSERT_EQ(root.problems.size(), 1u);
  EXPECT_EQ(root.problems[0].code, "kubernetes-no-object");
  EXPECT_EQ(f.text(root.problems[0].span), "7");
  EXPECT_EQ(root.coverage[0].state, Coverage::State::kPartial);
}

TEST(KubernetesFormat, TypesScalarsAsKubectlDoes) {
  auto f = yaml(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
      "data: {a: yes, b: 010, c: '10', d: 1.0, on: x, e: 1:30, f: ~}\n");
  Root& root = f.load();
  const Value& data = *root.resources[0].attributes.find("data");
  EXPECT_EQ(model::to_text(data),
            R"({"a":true,"b":8,"c":"10","d":1,"true":"x","e":"1:30","f":null})");
  EXPECT_EQ(f.text(data.find("b")->span), "010");
  EXPECT_EQ(f.text(data.find("c")->span), "'10'");
  EXPECT_TRUE(data.find("d")->flags & model::kFloatText);
}

TEST(KubernetesFormat, ResolvesAnchorsAndMergeKeys) {
  auto f = yaml(
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels: &l {app: web}\n"
      "  annotations:\n    <<: *l\n    x: &x one\nspec:\n  nodeName: *x\n  nodeSelector: *l\n");
  Root& root = f.load();
  const Value& pod = root.resources[0].attributes;
  const Value* app = model::at_path(pod, "metadata.annotations.app");
  ASSERT_NE(app, nullptr);
  EXPECT_EQ(app->text(), "web");
  EXPECT_EQ(f.text(app->span), "web");
  ASSERT_NE(app->origin, nullptr);
  EXPECT_EQ(app->origin->kind, model::OriginKind::kAnchor);
  EXPECT_EQ(f.text(app->origin->span), "*l");
  const Value* node = model::at_path(pod, "spec.nodeName");
  EXPECT_EQ(node->text(), "one");
  EXPECT_EQ(f.text(node->span), "*x");
  const model::Origin* literal = model::deciding_literal(node->origin);
  ASSERT_NE(literal, nullptr);
  EXPECT_EQ(f.text(literal->span), "one");
  EXPECT_EQ(show(pod, "spec.nodeSelector"), R"({"app":"web"})");
}

TEST(KubernetesFormat, LastOfEqualKeysWins) {
  auto f = yaml("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {x: 1}\nspec: {x: 2}\n");
  Root& root = f.load();
  ASSERT_EQ(root.resources.size(), 1u);
  EXPECT_EQ(root.resources[0].attributes.size, 4u);
  EXPECT_EQ(show(root.resources[0].attributes, "spec.x"), "2");
}

TEST(KubernetesFormat, GivesViews) {
  auto f = yaml(
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n---\n"
      "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r}\n---\n"
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: k}\n"
      "spec: {template: {spec: {containers: [{image: i}]}}}\n---\n"
      "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: k}\n"
      "spec: {template: {spec: {containers: [{image: i}]}}}\n---\n"
      "apiVersion: example.com/v1\nkind: ClusterThing\nmetadata: {name: k}\n"
      "spec: {template: {spec: {size: 1}}}\n");
  Root& root = f.load();
  EXPECT_EQ(views(root.resources[0]),
            (Strings{"kubernetes/object", "kubernetes/cluster-role", "kubernetes/role"}));
  EXPECT_EQ(views(root.resources[1]), (Strings{"kubernetes/object", "kubernetes/role-binding"}));
  EXPECT_EQ(views(root.resources[2]),
            (Strings{"kubernetes/object", "kubernetes/serving.knative.dev/service",
                     "kubernetes/workload", "kubernetes/pod-template"}));
  EXPECT_EQ(views(root.resources[3])[1], "kubernetes/rollout");
  EXPECT_EQ(views(root.resources[4]), (Strings{"kubernetes/object", "kubernetes/cluster-thing"}));
  EXPECT_EQ(root.resources[4].address, "ClusterThing.k");
}

TEST(KubernetesFormat, FindsEveryPodTemplate) {
  std::string text;
  auto add = [&](std::string kind, std::string api, std::string before) {
    text += "---\napiVersion: " + api + "\nkind: " + kind + "\nmetadata: {name: x}\n" + before +
            "{metadata: {labels: {a: b}}, spec: {containers: [{name: c}], "
            "initContainers: [{name: i}], ephemeralContainers: [{name: e}]}}\n";
  };
  add("Deployment", "apps/v1", "spec: {template: ");
  text.insert(text.size() - 1, "}");
  for (std::string kind : {"StatefulSet", "DaemonSet", "ReplicaSet"}) {
    add(kind, "apps/v1", "spec: {template: ");
    text.insert(text.size() - 1, "}");
  }
  add("ReplicationController", "v1", "spec: {template: ");
  text.insert(text.size() - 1, "}");
  add("Job", "batch/v1", "spec: {template: ");
  text.insert(text.size() - 1, "}");
  add("CronJob", "batch/v1", "spec: {jobTemplate: {spec: {template: ");
  text.insert(text.size() - 1, "}}}");
  add("PodTemplate", "v1", "template: ");
  auto f = yaml(text);
  Root& root = f.load();
  ASSERT_EQ(root.resources.size(), 8u);
  for (const Resource& resource : root.resources) {
    const Value* view = find_view(resource, "kubernetes/pod-template");
    ASSERT_NE(view, nullptr) << resource.address;
    EXPECT_EQ(show(*view, "metadata.labels"), R"({"a":"b"})");
    EXPECT_EQ(show(*view, "containers"), R"([{"name":"i"},{"name":"c"},{"name":"e"}])");
    EXPECT_EQ(show(*view, "workload.name"), "\"x\"");
    EXPECT_EQ(show(*view, "workload.namespace"), "\"default\"");
    EXPECT_EQ(show(*view, "kind"), show(resource.attributes, "kind"));
    EXPECT_TRUE(f.text(view->span).starts_with("{metadata: {labels")) << resource.address;
  }
}

TEST(KubernetesFormat, PodIsItsOwnTemplate) {
  auto f = yaml(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: z}}\n"
      "spec: {containers: [{name: c}]}\n");
  Root& root = f.load();
  const Value* view = find_view(root.resources[0], "kubernetes/pod-template");
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(show(*view, "metadata.labels.x"), "\"z\"");
  // One list only: it is shared, not copied.
  EXPECT_EQ(view->find("containers")->item_array,
            model::at_path(root.resources[0].attributes, "spec.containers")->item_array);
}

TEST(KubernetesFormat, ClaimsTemplatesAndSaysSo) {
  for (std::string text :
       {"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n",
        "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n"}) {
    auto f = yaml(text);
    EXPECT_GE(f.sniff(), 60) << text;
    Root& root = f.load();
    EXPECT_TRUE(root.resources.empty());
    EXPECT_EQ(root.coverage[0].state, Coverage::State::kSkipped);
    EXPECT_EQ(root.coverage[0].reason, "not rendered: Helm/Go template");
    ASSERT_EQ(root.problems.size(), 1u);
    EXPECT_EQ(root.problems[0].code, "not-rendered");
    EXPECT_EQ(root.problems[0].severity, core::ProblemSeverity::kNote);
  }
}

TEST(KubernetesFormat, ActionsInsideAChartAreNeverLiteral) {
  std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  nodeName: \"{{ .Values.node }}\"\n";
  FormatFixture chart(kubernetes_format(),
                      {{"web/Chart.yaml", "name: web\n"}, {"web/templates/pod.yaml", pod}});
  EXPECT_EQ(chart.load(1).coverage[0].state, Coverage::State::kSkipped);
  FormatFixture plain(kubernetes_format(), "web/templates/pod.yaml", pod);
  EXPECT_EQ(plain.load().coverage[0].state, Coverage::State::kEvaluated);
}

TEST(KubernetesFormat, LeavesOtherFilesAlone) {
  for (std::string text :
       {"", "a: 1\n", "- 1\n", "apiVersion: v2\nname: chart\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n",
        "services:\n  web:\n    image: nginx\n", "kind: Pod\n",
        "apiVersion: v1\nkind: Config\nclusters: []\n",
        "on: push\njobs:\n  a:\n    steps:\n    - run: echo ${{ github.ref }}\n"}) {
    EXPECT_EQ(yaml(text).sniff(), 0) << text;
  }
  auto flux = yaml("apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n");
  EXPECT_EQ(flux.sniff(), 90);
}

TEST(KubernetesFormat, ReadsJson) {
  FormatFixture f(kubernetes_format(), "a.json",
                  R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a\u0062"}})");
  EXPECT_EQ(f.sniff(), 90);
  Root& root = f.load();
  ASSERT_EQ(root.resources.size(), 1u);
  EXPECT_EQ(root.resources[0].address, "Pod.default.ab");
  EXPECT_EQ(f.text(root.resources[0].header), "\"Pod\"");
}

TEST(KubernetesFormat, KeepsWhatIsIntactOfABrokenFile) {
  auto f = yaml("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\nfoo: [\n---\n"
                "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\n");
  Root& root = f.load();
  EXPECT_GE(root.resources.size(), 1u);
  EXPECT_EQ(root.coverage[0].state, Coverage::State::kPartial);
  EXPECT_EQ(root.coverage[0].reason, "syntax errors");
}

TEST(KubernetesFormat, TextsOutliveTheTree) {
  std::unique_ptr<Root> root;
  core::SourceSet sources;
  core::FileId id = sources.add(
      "a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"a\\tb\"}\ndata:\n  k: |\n    x\n    y\n");
  {
    auto tree = syntax::read_yaml(id, sources.text(id));
    InputFile input{id, sources.path(id), tree.get()};
    LoadContext context;
    context.sources = &sources;
    context.files = {&input, 1};
    root = kubernetes_format().load({"a.yaml", {&input}}, context);
  }
  EXPECT_EQ(root->resources[0].name, "a\tb");
  EXPECT_EQ(show(root->resources[0].attributes, "data.k"), R"("x\ny\n")");
}

}  // namespace
}  // namespace assay::formats
