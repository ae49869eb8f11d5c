#include "parsers/formats/kubernetes/link.h"

#include <set>

#include "parsers/formats/kubernetes/format.h"
#include "parsers/formats/kubernetes/kinds.h"
#include "tests/unit/parsers/formats/format_fixture.h"

namespace assay::formats {
namespace {

std::string_view kind_text(model::EdgeKind kind) {
  switch (kind) {
    case model::EdgeKind::kRefers: return "refers";
    case model::EdgeKind::kSelects: return "selects";
    case model::EdgeKind::kGrants: return "grants";
    case model::EdgeKind::kRunsAs: return "runs-as";
    default: return "other";
  }
}

std::set<std::string> edges(std::vector<std::pair<std::string, std::string>> files) {
  FormatFixture fixture(kubernetes_format(), std::move(files));
  model::Project project = fixture.project();
  link_kubernetes(project);
  project.seal();
  std::set<std::string> out;
  for (const model::Edge& edge : project.edges) {
    std::string text(project.resources[edge.from]->address);
    text.append(" ").append(kind_text(edge.kind)).append(" ");
    text.append(project.resources[edge.to]->address).append(" by ").append(edge.path);
    out.insert(text);
  }
  return out;
}

using Edges = std::set<std::string>;

constexpr const char* kWorkload = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      serviceAccountName: runner
      volumes:
      - {name: a, configMap: {name: settings}}
      - {name: b, secret: {secretName: keys}}
      - {name: c, projected: {sources: [{secret: {name: keys}}]}}
      containers:
      - name: c
        envFrom: [{configMapRef: {name: settings}}]
        env: [{name: P, valueFrom: {secretKeyRef: {name: keys, key: p}}}]
)";

TEST(LinkKubernetes, WorkloadsReferAcrossFiles) {
  EXPECT_EQ(edges({{"a.yaml", kWorkload},
                   {"b.yaml",
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\n---\n"
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n---\n"
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\n---\n"
                    "apiVersion: v1\nkind: Secret\nmetadata: {name: keys, namespace: other}\n"}}),
            (Edges{
                "Deployment.default.web runs-as ServiceAccount.default.runner by "
                "spec.template.spec.serviceAccountName",
                "Deployment.default.web refers ConfigMap.default.settings by "
                "spec.template.spec.volumes[0].configMap.name",
                "Deployment.default.web refers Secret.default.keys by "
                "spec.template.spec.volumes[1].secret.secretName",
                "Deployment.default.web refers Secret.default.keys by "
                "spec.template.spec.volumes[2].projected.sources[0].secret.name",
                "Deployment.default.web refers ConfigMap.default.settings by "
                "spec.template.spec.containers[0].envFrom[0].configMapRef.name",
                "Deployment.default.web refers Secret.default.keys by "
                "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef.name"}));
}

TEST(LinkKubernetes, SelectorsFindPodsInTheirNamespace) {
  EXPECT_EQ(edges({{"a.yaml", kWorkload},
                   {"b.yaml",
                    "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
                    "spec: {selector: {app: web, tier: front}}\n---\n"
                    "apiVersion: v1\nkind: Service\nmetadata: {name: none}\n"
                    "spec: {selector: {app: web, tier: back}}\n---\n"
                    "apiVersion: v1\nkind: Service\nmetadata: {name: far, namespace: x}\n"
                    "spec: {selector: {app: web}}\n---\n"
                    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: net}\n"
                    "spec: {podSelector: {}}\n---\n"
                    "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\n"
                    "spec: {selector: {matchExpressions: [{key: app, operator: In, values: [web]}]}}\n"
                    "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: e}\n"
                    "spec: {selector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}\n"}}),
            (Edges{"Service.default.s selects Deployment.default.web by spec.selector",
                   "NetworkPolicy.default.net selects Deployment.default.web by spec.podSelector",
                   "PodDisruptionBudget.default.b selects Deployment.default.web by spec.selector"}));
}

TEST(LinkKubernetes, BindingsGrantAndIngressesLead) {
  EXPECT_EQ(
      edges({{"a.yaml",
              "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: r}\n---\n"
              "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa, namespace: x}\n---\n"
              "apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n"
              "metadata: {name: b, namespace: x}\nroleRef: {kind: ClusterRole, name: r}\n"
              "subjects: [{kind: ServiceAccount, name: sa}, {kind: User, name: sa}]\n---\n"
              "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n---\n"
              "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n---\n"
              "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\n"
              "spec: {rules: [{http: {paths: [{backend: {service: {name: s}}}]}}]}\n"}}),
      (Edges{"RoleBinding.x.b grants ClusterRole.r by roleRef.name",
             "RoleBinding.x.b grants ServiceAccount.x.sa by subjects[0].name",
             "RoleBinding.x.b refers Namespace.x by metadata.namespace",
             "ServiceAccount.x.sa refers Namespace.x by metadata.namespace",
             "Ingress.default.i refers Service.default.s by "
             "spec.rules[0].http.paths[0].backend.service.name"}));
}

TEST(LinkKubernetes, MisshapenObjectsHaveNoEdges) {
  EXPECT_EQ(edges({{"a.yaml",
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: text}\n"
                    "spec: {containers: {a: 1}, volumes: x, serviceAccountName: [1]}\n---\n"
                    "apiVersion: v1\nkind: Service\nmetadata: 7\nspec: {selector: [a]}\n---\n"
                    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: s}\n"
                    "spec: {podSelector: {matchLabels: x, matchExpressions: [{key: a, operator: In, "
                    "values: b}]}}\n"}}),
            Edges{});
}

TEST(Kinds, AreFoundAndNamed) {
  using namespace kubernetes;
  for (std::string_view kind : {"APIService", "ClusterRole", "Namespace", "StorageClass",
                                "VolumeAttributesClass", "CustomResourceDefinition", "Node"}) {
    EXPECT_TRUE(is_builtin_kind(kind)) << kind;
    EXPECT_TRUE(is_cluster_scoped("", kind)) << kind;
  }
  for (std::string_view kind : {"Binding", "Endpoints", "StatefulSet", "Secret", "Role"}) {
    EXPECT_TRUE(is_builtin_kind(kind)) << kind;
    EXPECT_FALSE(is_cluster_scoped("", kind)) << kind;
  }
  for (std::string_view group : {"", "apps", "rbac.authorization.k8s.io", "storagemigration.k8s.io"}) {
    EXPECT_TRUE(is_builtin_group(group)) << group;
  }
  EXPECT_FALSE(is_builtin_group("gateway.networking.k8s.io"));
  EXPECT_EQ(kebab_case("NetworkPolicy"), "network-policy");
  EXPECT_EQ(kebab_case("APIService"), "api-service");
  EXPECT_EQ(kebab_case("HTTPRoute"), "http-route");
  EXPECT_EQ(kebab_case("CSIDriver"), "csi-driver");
}

}  // namespace
}  // namespace assay::formats
