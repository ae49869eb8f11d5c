// What rules about Kubernetes see of a whole scan: versions, namespaces, objects of several files and formats.
#include <gtest/gtest.h>

#include "analyzer/pipeline/pipeline.h"

namespace assay::pipeline {
namespace {

class KubernetesRules : public ::testing::Test {
 protected:
  // "path:line rule verdict", in order.
  std::string run(const std::vector<std::string>& rules, model::Target target = {}) {
    ScanOptions options;
    options.paths = {"."};
    options.current_directory = "/r";
    options.only_rules = rules;
    options.maybe = true;
    options.today = "2026-06-15";
    options.target = std::move(target);
    scan_ = scan(files_, options);
    std::string out;
    for (const rules::Finding& finding : scan_->report.findings) {
      const core::SourceSet& sources = scan_->sources;
      out += sources.path(finding.region.file) + ":" +
             std::to_string(sources.lines(finding.region.file).position(finding.region.begin).line) + " " +
             scan_->report.rules[finding.rule].name + " " + std::string(rules::verdict_name(finding.verdict)) + "\n";
    }
    return out;
  }
  const rules::Finding& first() const { return scan_->report.findings.at(0); }

  core::MemoryFileSystem files_;
  std::unique_ptr<Scan> scan_;
};

std::string workload(std::string_view kind, std::string_view name, std::string_view label, std::string_view more = "") {
  std::string out = "apiVersion: apps/v1\nkind: " + std::string(kind) + "\nmetadata: {name: " + std::string(name) +
                    "}\nspec:\n  replicas: 2\n  template:\n    metadata: {labels: {app: " + std::string(label) +
                    "}}\n    spec:\n      containers:\n      - {name: c, image: i}\n";
  return out.append(more);
}

TEST_F(KubernetesRules, ApiVersionsAreThoseOfTheTarget) {
  files_.add_file("/r/a.yaml", "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata: {name: a}\n");
  EXPECT_EQ(run({"removed-api", "deprecated-api"}), "a.yaml:1 removed-api fail\n");
  EXPECT_NE(first().message.find("1.22; write networking.k8s.io/v1"), std::string::npos) << first().message;
  EXPECT_EQ(run({"removed-api", "deprecated-api"}, {.kubernetes_minor = 22}), "a.yaml:1 removed-api fail\n");
  EXPECT_EQ(run({"removed-api", "deprecated-api"}, {.kubernetes_minor = 21}), "a.yaml:1 deprecated-api fail\n");
  EXPECT_EQ(run({"removed-api", "deprecated-api"}, {.kubernetes_minor = 18}), "");
}

TEST_F(KubernetesRules, PodSecurityIsThatOfTheTarget) {
  files_.add_file("/r/a.yaml", R"(apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  hostUsers: false
  securityContext:
    sysctls:
    - {name: net.ipv4.tcp_keepalive_time, value: "60"}
    - {name: net.ipv4.tcp_slow_start_after_idle, value: "0"}
  containers:
  - name: c
    securityContext: {runAsUser: 0}
)");
  const std::vector<std::string> rules = {"unsafe-sysctl", "runs-as-root"};
  EXPECT_EQ(run(rules), "");
  EXPECT_EQ(run(rules, {.kubernetes_minor = 36}), "a.yaml:9 unsafe-sysctl fail\n");
  EXPECT_EQ(run(rules, {.kubernetes_minor = 28}),
            "a.yaml:8 unsafe-sysctl fail\na.yaml:9 unsafe-sysctl fail\na.yaml:12 runs-as-root fail\n");
}

TEST_F(KubernetesRules, AppArmorFieldsAreJudgedWhereverTheyAre) {
  files_.add_file("/r/a.yaml", R"(apiVersion: v1
kind: Pod
metadata:
  name: a
  annotations:
    container.apparmor.security.beta.kubernetes.io/gone: unconfined
spec:
  securityContext:
    appArmorProfile: {type: Unconfined}
  containers:
  - {name: c}
---
apiVersion: v1
kind: Pod
metadata: {name: b}
spec:
  initContainers:
  - name: c
    securityContext: {appArmorProfile: {type: Unconfined}}
  containers:
  - name: d
    securityContext: {appArmorProfile: {type: Localhost, localhostProfile: p}}
)");
  EXPECT_EQ(run({"apparmor-unconfined"}), "a.yaml:9 apparmor-unconfined fail\na.yaml:19 apparmor-unconfined fail\n");
}

TEST_F(KubernetesRules, NamespacesRefusePods) {
  files_.add_file("/r/ns.yaml", R"(apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {pod-security.kubernetes.io/enforce: restricted, pod-security.kubernetes.io/enforce-version: v1.22}
---
apiVersion: v1
kind: Namespace
metadata: {name: free}
)");
  std::string pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: NS}\nspec:\n  os: {name: windows}\n"
                    "  securityContext: {runAsNonRoot: true}\n  containers: [{name: c, image: i}]\n";
  files_.add_file("/r/shop.yaml", std::string(pod).replace(pod.find("NS"), 2, "shop"));
  files_.add_file("/r/free.yaml", std::string(pod).replace(pod.find("NS"), 2, "free"));
  EXPECT_EQ(run({"pod-refused-by-namespace"}).substr(0, 11), "shop.yaml:7");
  EXPECT_EQ(scan_->report.findings.size(), 1u);
  EXPECT_EQ(first().message,
            "namespace shop enforces the restricted level and refuses these pods: allowPrivilegeEscalation, "
            "capabilities_restricted, seccompProfile_restricted");
  ASSERT_EQ(first().related.size(), 1u);
  EXPECT_EQ(scan_->sources.text(first().related[0].span), "restricted");
  // Windows is excused from 1.25 on; a level of the configuration counts where no label says another.
  run({"pod-refused-by-namespace"}, {.kubernetes_minor = 24, .pod_security_level = "restricted"});
  EXPECT_EQ(scan_->report.findings.size(), 2u);
  run({"pod-refused-by-namespace"}, {.pod_security_level = "restricted"});
  EXPECT_EQ(scan_->report.findings.size(), 1u);
}

TEST_F(KubernetesRules, WhatAScanDoesNotShowIsNotCertain) {
  std::string map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n";
  files_.add_file("/r/a/pod.yaml", R"(apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  volumes: [{name: v, configMap: {name: settings}}]
)");
  EXPECT_EQ(run({"config-map-missing"}), "a/pod.yaml:5 config-map-missing maybe\n");
  EXPECT_EQ(first().depends_on, std::vector<std::string>{"ConfigMap default/settings outside the scan"});
  files_.add_file("/r/b/map.yaml", map);
  EXPECT_EQ(run({"config-map-missing"}), "a/pod.yaml:5 config-map-missing maybe\n");
  files_.add_file("/r/a/map.yaml", map);
  EXPECT_EQ(run({"config-map-missing"}), "a/pod.yaml:5 config-map-missing fail\n");
  files_.add_file("/r/kustomization.yaml", "configMapGenerator: []\n");
  EXPECT_EQ(run({"config-map-missing"}), "a/pod.yaml:5 config-map-missing maybe\n");
}

TEST_F(KubernetesRules, TheClosestObjectsAreMeant) {
  std::string budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\n"
                       "spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}\n";
  files_.add_file("/r/a/budget.yaml", budget);
  files_.add_file("/r/a/web.yaml", workload("Deployment", "web", "web"));
  files_.add_file("/r/b/web.yaml", workload("Deployment", "web", "web"));
  EXPECT_EQ(run({"budget-blocks-drain"}), "a/budget.yaml:4 budget-blocks-drain fail\n");
  ASSERT_FALSE(first().related.empty());
  EXPECT_EQ(scan_->sources.path(first().related[0].span.file), "a/web.yaml");
}

TEST_F(KubernetesRules, AnEmptySelectorMeansAllPodsOfTheNamespace) {
  files_.add_file("/r/a.yaml", workload("Deployment", "a", "a",
                                        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all}\n"
                                        "spec: {podSelector: {}}\n"));
  files_.add_file("/r/b.yaml", workload("Deployment", "b", "b"));
  EXPECT_EQ(run({"pod-without-policy"}), "");
  files_.add_file("/r/a.yaml", workload("Deployment", "a", "a",
                                        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all}\n"
                                        "spec: {podSelector: {matchLabels: {app: a}}}\n"));
  EXPECT_EQ(run({"pod-without-policy"}), "b.yaml:3 pod-without-policy fail\n");
}

TEST_F(KubernetesRules, ObjectsOfTerraformAndManifestsMeet) {
  files_.add_file("/r/web.yaml", workload("Deployment", "web", "web"));
  files_.add_file("/r/main.tf", R"(
resource "kubernetes_service" "web" {
  metadata { name = "web" }
  spec {
    selector = { app = "web" }
    port { port = 80 }
  }
}
resource "kubernetes_service" "data" {
  metadata { name = "data" }
  spec {
    selector = { app = var.app }
    port { port = 80 }
  }
}
variable "app" {}
)");
  EXPECT_EQ(run({"service-selects-nothing"}), "");
}

TEST_F(KubernetesRules, UnknownValuesMakePodSecurityUncertain) {
  files_.add_file("/r/main.tf", R"(
variable "privileged" { type = bool }
variable "add" { type = list(string) }
resource "kubernetes_pod" "a" {
  metadata { name = "a" }
  spec {
    container {
      name = "c"
      security_context {
        privileged = var.privileged
        capabilities { add = var.add }
      }
    }
  }
}
)");
  EXPECT_EQ(run({"privileged-container", "added-capability", "host-network"}),
            "main.tf:10 privileged-container maybe\nmain.tf:11 added-capability maybe\n");
}

}  // namespace
}  // namespace assay::pipeline
