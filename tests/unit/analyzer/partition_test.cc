#include "analyzer/pipeline/partition.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"

namespace assay::pipeline {
namespace {

using Files = std::vector<std::string>;

class PartitionTest : public testing::Test {
 protected:
  // A whole scan, and its parts.
  void scan_all() {
    options_.paths = {"/r"};
    options_.current_directory = "/r";
    options_.divide = true;
    scan_ = scan(disk_, options_);
    ASSERT_TRUE(scan_->usage_errors.empty());
  }
  // Which files are analysed again after an edit; empty: all.
  Files redone_after(const std::string& path, std::string text) {
    disk_.add_file("/r/" + path, std::move(text));
    core::FileId edited = core::kNoFile;
    for (core::FileId id = 0; id < scan_->partition->files.size(); ++id) {
      if (scan_->partition->files[id] == path) edited = id;
    }
    part_ = analyse_part(disk_, options_, *scan_->partition, {edited});
    Files out;
    for (core::FileId id = 0; id < part_.redone.size(); ++id) {
      if (part_.redone[id]) out.push_back(scan_->partition->files[id]);
    }
    return out;
  }
  void fill(size_t many) {  // so that parts are less than half
    for (size_t i = 0; i < many; ++i) disk_.add_file("/r/other/" + std::to_string(i) + "/x.tf", "locals {}\n");
  }

  core::MemoryFileSystem disk_;
  ScanOptions options_;
  std::unique_ptr<Scan> scan_;
  Part part_;
};

std::string pod(std::string_view name, std::string_view app) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: " + std::string(name) + ", labels: {app: " + std::string(app) + "}}\nspec: {containers: [{name: c, image: x}]}\n";
}
std::string policy(std::string_view app) {
  return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {podSelector: {matchLabels: {app: " + std::string(app) + "}}, policyTypes: [Ingress, Egress]}\n";
}

TEST_F(PartitionTest, RootsThatCallOneModuleAreOnePart) {
  disk_.add_file("/r/m/main.tf", "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n");
  for (std::string name : {"a", "b"}) disk_.add_file("/r/" + name + "/main.tf", "module \"m\" {\n  source = \"../m\"\n  acl = \"private\"\n}\n");
  disk_.add_file("/r/c/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"private\"\n}\n");
  scan_all();
  ASSERT_TRUE(scan_->partition);
  EXPECT_EQ(redone_after("a/main.tf", "module \"m\" {\n  source = \"../m\"\n  acl = \"public-read\"\n}\n"), (Files{"a/main.tf", "b/main.tf", "m/main.tf"}));
  EXPECT_EQ(redone_after("c/main.tf", "\n"), Files{"c/main.tf"});
  // What a file is tied to only since it was edited.
  EXPECT_EQ(redone_after("c/main.tf", "module \"m\" {\n  source = \"../m\"\n  acl = \"private\"\n}\n"), (Files{"a/main.tf", "b/main.tf", "c/main.tf", "m/main.tf"}));
}

TEST_F(PartitionTest, PodsAreTiedToWhatSelectsThem) {
  fill(20);
  for (std::string name : {"a", "b", "c"}) disk_.add_file("/r/k/" + name + ".yaml", pod(name, name));
  disk_.add_file("/r/k/policy.yaml", policy("b"));
  scan_all();
  ASSERT_TRUE(scan_->partition);
  Files with_policy = redone_after("k/b.yaml", pod("b", "b") + "# edited\n");
  EXPECT_NE(std::find(with_policy.begin(), with_policy.end(), "k/policy.yaml"), with_policy.end());
  // Its label leads elsewhere now: the policy is judged again, and whoever else it selects.
  Files moved = redone_after("k/policy.yaml", policy("c"));
  EXPECT_NE(std::find(moved.begin(), moved.end(), "k/b.yaml"), moved.end());
  EXPECT_NE(std::find(moved.begin(), moved.end(), "k/c.yaml"), moved.end());
  EXPECT_TRUE(std::none_of(moved.begin(), moved.end(), [](const std::string& path) { return path.starts_with("other/"); }));
}

TEST_F(PartitionTest, FindingsThatAreAlikeAreNumberedAcrossParts) {
  for (std::string name : {"a", "b", "c"}) disk_.add_file("/r/" + name + "/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n");
  scan_all();
  ASSERT_TRUE(scan_->partition);
  std::string fixed = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"private\"\n}\n";
  EXPECT_EQ(redone_after("a/main.tf", fixed), Files{"a/main.tf"});
  ASSERT_TRUE(part_.scan);
  ASSERT_TRUE(replace_part(*scan_->partition, scan_->report, part_.redone, std::move(*part_.scan->partition), std::move(part_.scan->report)));
  ScanOptions again = options_;
  auto fresh = scan(disk_, again);
  ASSERT_EQ(scan_->report.findings.size(), fresh->report.findings.size());
  ASSERT_FALSE(fresh->report.findings.empty());
  for (size_t i = 0; i < fresh->report.findings.size(); ++i) {
    EXPECT_EQ(scan_->report.findings[i].fingerprint, fresh->report.findings[i].fingerprint) << i;
    EXPECT_EQ(scan_->report.findings[i].message, fresh->report.findings[i].message);
  }
  EXPECT_EQ(scan_->report.summary.evaluations, fresh->report.summary.evaluations);
  EXPECT_EQ(scan_->report.summary.resources, fresh->report.summary.resources);
  EXPECT_EQ(scan_->partition->asks.size(), fresh->partition->asks.size());
  EXPECT_EQ(scan_->partition->haves.size(), fresh->partition->haves.size());
}

TEST_F(PartitionTest, WhatIsMoreThanItsPartsHasNone) {
  disk_.add_file("/r/a.yaml", pod("a", "a"));
  options_.frameworks = {"cis-kubernetes-1.8"};
  options_.paths = {"/r"};
  options_.current_directory = "/r";
  options_.divide = true;
  EXPECT_FALSE(scan(disk_, options_)->partition);
  options_.frameworks.clear();
  EXPECT_TRUE(scan(disk_, options_)->partition);
  options_.paths = {"/r/a.yaml"};
  EXPECT_FALSE(scan(disk_, options_)->partition);
}

TEST(Parts, WhoAsksForWhatNobodyHasStandsAlone) {
  Partition partition;
  partition.files = {"a", "b", "c", "d"};
  partition.asks = {{1, 0}, {1, 1}, {2, 2}};
  partition.haves = {{2, 3}};
  find_parts(partition);
  EXPECT_EQ(partition.part_of, (std::vector<uint32_t>{0, 1, 2, 2}));
  EXPECT_EQ(files_beside(partition, {3}), (std::vector<bool>{false, false, true, true}));
  // Now somebody has what a and b asked for.
  Partition part;
  part.files = {"d"};
  part.haves = {{1, 0}};
  EXPECT_EQ(tied_beyond(partition, {false, false, true, true}, part), (std::vector<core::FileId>{0, 1}));
}

}  // namespace
}  // namespace assay::pipeline
