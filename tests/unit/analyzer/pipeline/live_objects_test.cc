// Lists of objects of a cluster: what a workload made repeats it, and an annotation repeats the object.
#include "analyzer/pipeline/live_objects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"

namespace assay::pipeline {
namespace {

std::string object(const std::string& api, const std::string& kind, const std::string& name, const std::string& owner,
                   const std::string& spec) {
  std::string out = "---\napiVersion: " + api + "\nkind: " + kind + "\nmetadata:\n  name: " + name + "\n  namespace: prod\n  uid: u-" + name +
                    "\n";
  if (!owner.empty()) {
    out += "  ownerReferences:\n  - {apiVersion: apps/v1, kind: X, name: " + owner + ", uid: u-" + owner + ", controller: true}\n";
  }
  return out + "spec:\n" + spec;
}

std::string pods(const std::string& indent, const std::string& more = "") {
  return indent + "containers:\n" + indent + "- name: app\n" + indent + "  image: registry.example.com/app:1.4.2\n" + indent +
         "  securityContext: {privileged: true}\n" + more;
}

std::string deployment() {
  return object("apps/v1", "Deployment", "web", "", "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n" + pods("      "));
}
std::string replica_set() {
  return object("apps/v1", "ReplicaSet", "web-1", "web",
                "  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n" + pods("      "));
}
std::string pod(const std::string& more = "") { return object("v1", "Pod", "web-1-a", "web-1", pods("  ", more)); }

std::unique_ptr<Scan> scan_of(const std::map<std::string, std::string>& files, bool list_judged = false) {
  core::MemoryFileSystem memory;
  for (const auto& [path, text] : files) memory.add_file("/work/" + path, text);
  ScanOptions options;
  options.paths = {"/work"};
  options.current_directory = "/work";
  options.only_rules = {"KUB0001", "KUB0048"};
  options.list_judged = list_judged;
  return scan(memory, options);
}

std::vector<std::string> told(const Scan& scan) {
  std::vector<std::string> out;
  for (const rules::Finding& finding : scan.report.findings) {
    out.push_back(scan.report.rules[finding.rule].id + " " + finding.resource.address);
  }
  std::sort(out.begin(), out.end());
  return out;
}

using Told = std::vector<std::string>;

TEST(LiveObjectsTest, WhatAWorkloadMadeIsToldOfIt) {
  auto scan = scan_of({{"all.yaml", deployment() + replica_set() + pod()}});
  EXPECT_EQ(told(*scan), (Told{"KUB0001 Deployment.prod.web"}));
  ASSERT_EQ(scan->report.problems.size(), 1u);
  EXPECT_EQ(scan->report.problems[0].code, "repeated-by-controllers");
  EXPECT_EQ(scan->report.problems[0].severity, core::ProblemSeverity::kNote);
  EXPECT_EQ(scan->report.problems[0].message, "2 findings are told of the workloads that made the objects only");
}

TEST(LiveObjectsTest, TheLastOneInSightCounts) {
  EXPECT_EQ(told(*scan_of({{"all.yaml", replica_set() + pod()}})), (Told{"KUB0001 ReplicaSet.prod.web-1"}));
  EXPECT_EQ(told(*scan_of({{"all.yaml", pod()}})), (Told{"KUB0001 Pod.prod.web-1-a"}));
  // A file's findings depend on that file.
  EXPECT_EQ(told(*scan_of({{"a.yaml", deployment()}, {"b.yaml", pod()}})), (Told{"KUB0001 Deployment.prod.web", "KUB0001 Pod.prod.web-1-a"}));
}

TEST(LiveObjectsTest, WhatOnlyTheCopyHasStays) {
  auto scan = scan_of({{"all.yaml", deployment() + replica_set() + pod("  - {name: proxy, image: \"proxy:latest\", securityContext: {privileged: true}}\n")}},
                      true);
  EXPECT_EQ(told(*scan), (Told{"KUB0001 Deployment.prod.web", "KUB0001 Pod.prod.web-1-a", "KUB0048 Pod.prod.web-1-a"}));
  // Judged is what has no controller, and what has something of its own.
  std::vector<std::string> judged;
  for (const rules::JudgedResource& one : scan->report.judged) judged.push_back(one.resource.address + " " + one.uid);
  EXPECT_EQ(judged, (Told{"Deployment.prod.web u-web", "Pod.prod.web-1-a u-web-1-a"}));
  EXPECT_EQ(scan->report.judged[0].rules, 1u);  // KUB0048 is content
  EXPECT_EQ(scan->report.judged[0].name_space, "prod");
}

TEST(LiveObjectsTest, OwnersInACircleOwnNothing) {
  std::string a = object("v1", "Pod", "a", "b", pods("  ")), b = object("v1", "Pod", "b", "a", pods("  ")), c = object("v1", "Pod", "c", "c", pods("  "));
  auto scan = scan_of({{"all.yaml", a + b + c}});
  EXPECT_EQ(told(*scan), (Told{"KUB0001 Pod.prod.a", "KUB0001 Pod.prod.b", "KUB0001 Pod.prod.c"}));
}

TEST(LiveObjectsTest, NobodyAsksForJudgedResources) {
  EXPECT_TRUE(scan_of({{"all.yaml", deployment()}})->report.judged.empty());
}

}  // namespace
}  // namespace assay::pipeline
