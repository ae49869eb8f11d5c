// Plans of Terraform as input of a scan: the same findings as from the sources, at the same places.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "analyzer/pipeline/pipeline.h"
#include "sarif/writer.h"

namespace assay::pipeline {
namespace {

const char kSources[] = R"(variable "acl" { type = string }
variable "names" { type = set(string) }
resource "aws_s3_bucket" "b" {
  for_each = var.names
  bucket   = each.key
}
resource "aws_s3_bucket_acl" "a" {
  for_each = var.names
  bucket   = aws_s3_bucket.b[each.key].id
  acl      = var.acl
}
)";
const char kModule[] = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"in\" {\n  acl = var.acl\n}\n";

std::string change(const std::string& address, const std::string& after, const std::string& unknown,
                   const std::string& secret = "{}") {
  return R"({"address":")" + address + R"(","change":{"actions":["create"],"before":null,"after":)" + after +
         R"(,"after_unknown":)" + unknown + R"(,"before_sensitive":false,"after_sensitive":)" + secret + "}}";
}

std::string plan(const std::string& changes) {
  return R"({"format_version":"1.2","terraform_version":"1.11.4","variables":{"acl":{"value":"public-read"},"names":{"value":["k"]}},)"
         R"("resource_changes":[)" + changes + R"(],"configuration":{"root_module":{"resources":[)"
         R"({"address":"aws_s3_bucket_acl.a","expressions":{"bucket":{"references":["aws_s3_bucket.b","each.key"]}}}]}}})";
}

std::string both_changes() {
  return change(R"(aws_s3_bucket.b[\"k\"])", R"({"bucket":"k","tags":null})", R"({"id":true,"acl":true})") + "," +
         change(R"(aws_s3_bucket_acl.a[\"k\"])", R"({"acl":"public-read"})", R"({"id":true,"bucket":true})");
}

class PlanTest : public ::testing::Test {
 protected:
  std::unique_ptr<Scan> run(std::vector<std::string> paths, bool sources_variables = false) {
    ScanOptions options;
    options.paths = std::move(paths);
    options.current_directory = "/r";
    options.only_rules = {"AWS0101"};
    options.today = "2025-06-15";
    options.version = "1";
    if (sources_variables) options.load.variables = {{"acl", "public-read"}, {"names", "[\"k\"]"}};
    return scan(files_, options);
  }
  static std::string findings(const Scan& scan) {
    std::string out;
    for (const rules::Finding& finding : scan.report.findings) {
      out += finding.resource.address + " at " + scan.sources.path(finding.region.file) + ":" +
             std::to_string(finding.region.begin) + " " + finding.fingerprint + "\n";
    }
    return out;
  }
  static std::string coverage(const Scan& scan, std::string_view path) {
    for (const rules::CoverageRow& row : scan.report.coverage) {
      if (row.path == path && !row.is_root) return row.state + (row.reason.empty() ? "" : ": " + row.reason);
    }
    return "none";
  }
  core::MemoryFileSystem files_;
};

TEST_F(PlanTest, GivesTheFindingsOfTheSources) {
  files_.add_file("/r/main.tf", kSources);
  files_.add_file("/r/tfplan.json", plan(both_changes()));
  auto sources = run({"main.tf"}, true);
  auto planned = run({"tfplan.json"});
  ASSERT_EQ(sources->report.findings.size(), 1u);
  EXPECT_EQ(findings(*sources), findings(*planned));
  EXPECT_EQ(coverage(*planned, "tfplan.json"), "evaluated");
}

TEST_F(PlanTest, AloneItGivesTheSameFingerprints) {
  files_.add_file("/r/tfplan.json", plan(both_changes()));
  files_.add_file("/s/main.tf", kSources);
  auto alone = run({"tfplan.json"});
  ASSERT_EQ(alone->report.findings.size(), 1u);
  auto sources = run({"/s/main.tf"}, true);
  ASSERT_EQ(sources->report.findings.size(), 1u);
  EXPECT_EQ(alone->report.findings[0].fingerprint, sources->report.findings[0].fingerprint);
  EXPECT_EQ(alone->report.findings[0].resource.address, "aws_s3_bucket.b[\"k\"]");
  EXPECT_EQ(alone->sources.text(alone->report.findings[0].region), "\"public-read\"");
}

TEST_F(PlanTest, FoundBesideItsSourcesItIsPassedOver) {
  files_.add_file("/r/main.tf", kSources);
  files_.add_file("/r/tfplan.json", plan(both_changes()));
  auto found = run({"."}, true);
  EXPECT_EQ(found->report.findings.size(), 1u);
  EXPECT_EQ(coverage(*found, "tfplan.json"),
            "skipped: the sources beside this plan are analysed; name the file to judge the plan");
  // Named with its directory it counts, and nothing is reported twice.
  auto named = run({".", "tfplan.json"});
  EXPECT_EQ(named->report.findings.size(), 1u);
  EXPECT_EQ(coverage(*named, "tfplan.json"), "evaluated");
}

TEST_F(PlanTest, SourcesElsewhereAreFoundByWhatTheyDeclare) {
  files_.add_file("/r/infra/main.tf", kSources);
  files_.add_file("/r/other/main.tf", "resource \"aws_sqs_queue\" \"q\" {}\n");
  files_.add_file("/r/out/plan.json", plan(both_changes()));
  auto scanned = run({"out/plan.json", "infra", "other"});
  ASSERT_EQ(scanned->report.findings.size(), 1u);
  EXPECT_EQ(scanned->sources.path(scanned->report.findings[0].region.file), "infra/main.tf");
}

TEST_F(PlanTest, ThePlanDecidesWhatExists) {
  files_.add_file("/r/main.tf", std::string(kSources) + "resource \"aws_s3_bucket\" \"gone\" {\n  acl = \"public-read\"\n}\n" +
                                    "module \"m\" {\n  source = \"./m\"\n  count = 2\n  acl = var.acl\n}\n");
  files_.add_file("/r/m/main.tf", kModule);
  files_.add_file("/r/tfplan.json",
                  plan(both_changes() + "," + change("module.m[1].aws_s3_bucket.in", R"({"acl":"public-read"})", R"({"id":true})") +
                       R"(,{"address":"aws_s3_bucket.gone","change":{"actions":["delete"],"before":{"acl":"public-read"},"after":null}})"));
  auto planned = run({"tfplan.json"});
  std::string found = findings(*planned);
  EXPECT_EQ(planned->report.findings.size(), 2u) << found;
  EXPECT_NE(found.find("module.m[1].aws_s3_bucket.in at m/main.tf"), std::string::npos) << found;
  EXPECT_EQ(found.find("gone"), std::string::npos) << found;
}

TEST_F(PlanTest, WhatSourcesDoNotDeclareIsJudgedFromThePlan) {
  files_.add_file("/r/main.tf", "variable \"acl\" {}\n");
  files_.add_file("/r/tfplan.json", plan(both_changes()));
  auto planned = run({"tfplan.json"});
  EXPECT_EQ(planned->report.findings.size(), 1u);
  ASSERT_FALSE(planned->report.problems.empty());
  EXPECT_EQ(planned->report.problems[0].code, "plan-without-source");
}

TEST_F(PlanTest, SecretsAreNeverQuoted) {
  files_.add_file("/r/tfplan.json",
                  plan(change("aws_db_instance.d", R"({"password":"hunter22-x","publicly_accessible":true})", "{}",
                              R"({"password":true})")));
  ScanOptions options;
  options.paths = {"tfplan.json"};
  options.current_directory = "/r";
  options.today = "2025-06-15";
  auto scanned = scan(files_, options);
  EXPECT_GT(scanned->report.findings.size(), 1u);
  for (const char* format : {"text", "json", "sarif"}) {
    std::string out = report::find_writer(format)->write(scanned->report, {});
    EXPECT_EQ(out.find("hunter22-x"), std::string::npos) << format;
  }
}

TEST_F(PlanTest, BrokenPlansAreProblems) {
  files_.add_file("/r/a.json", R"({"format_version":"9.1","planned_values":{},"resource_changes":[]})");
  files_.add_file("/r/b.json", plan(both_changes()).substr(0, 500));
  files_.add_file("/r/c.tfplan", std::string("PK\x03\x04", 4) + std::string(26, '\0') + "tfplan" + std::string(40, 'x'));
  auto version = run({"a.json"});
  ASSERT_FALSE(version->report.problems.empty());
  EXPECT_EQ(version->report.problems[0].code, "plan-version");
  EXPECT_EQ(coverage(*version, "a.json").substr(0, 6), "failed");
  auto cut = run({"b.json"});
  EXPECT_FALSE(cut->report.problems.empty());
  EXPECT_NE(coverage(*cut, "b.json"), "evaluated");
  auto archive = run({"c.tfplan"});
  ASSERT_FALSE(archive->report.problems.empty());
  EXPECT_EQ(archive->report.problems[0].code, "plan-archive");
}

std::string binary_plan() {
  std::ifstream file("tests/unit/parsers/formats/terraform/plan/data/terraform_data.tfplan", std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

TEST_F(PlanTest, BinaryPlansCarryTheirSources) {
  files_.add_file("/r/saved.out", binary_plan());
  auto scanned = run({"saved.out"});
  EXPECT_EQ(coverage(*scanned, "saved.out"), "evaluated");
  EXPECT_EQ(coverage(*scanned, "main.tf"), "evaluated");
  size_t resources = 0;
  for (const model::Resource* resource : scanned->project.resources) {
    if (resource->kind != "resource") continue;
    ++resources;
    EXPECT_EQ(scanned->sources.path(resource->header.file), resource->module_path.empty() ? "main.tf" : "mod/main.tf");
    if (resource->address == "terraform_data.one") {
      const model::Value* port = model::at_path(resource->attributes, "input.port");
      ASSERT_TRUE(port);
      EXPECT_EQ(scanned->sources.text(port->span), "22");
    }
  }
  EXPECT_EQ(resources, 6u);
}

TEST_F(PlanTest, SourcesOnDiskThatDifferAreNotPointedAt) {
  files_.add_file("/r/saved.tfplan", binary_plan());
  files_.add_file("/r/main.tf", "# changed since\n");
  auto scanned = run({"saved.tfplan"});
  for (const model::Resource* resource : scanned->project.resources) {
    if (resource->kind != "resource") continue;
    EXPECT_TRUE(scanned->sources.path(resource->header.file).starts_with("saved.tfplan!/")) << resource->address;
  }
  // Found only, it adds nothing to the sources on disk.
  auto found = run({"."});
  EXPECT_TRUE(found->project.resources.empty());
  EXPECT_EQ(coverage(*found, "saved.tfplan").substr(0, 7), "skipped");
}

}  // namespace
}  // namespace assay::pipeline
