#include "analyzer/pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sarif/writer.h"

namespace assay::pipeline {
namespace {

const char kRule[] = R"(---
id: TST0001
name: public-acl
severity: high
precision: high
resources: [aws/s3/bucket]
at: acl
---
# The bucket is public

## How to fix
Close it.

```cel
resource.acl == "public-read"
```
)";
const char kBucket[] = "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\"\n}\n";

// Scans of /r with the rule TST0001 alone, unless told otherwise.
ScanOptions options_for(std::vector<std::string> paths) {
  ScanOptions out;
  out.paths = std::move(paths);
  out.current_directory = "/r";
  out.policies = {"/policies/rule.md"};
  out.only_rules = {"TST0001"};
  out.today = "2025-06-15";
  out.version = "1";
  return out;
}


class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() { files_.add_file("/policies/rule.md", kRule); }
  void add(std::string_view path, std::string text) { files_.add_file(path, std::move(text)); }
  std::unique_ptr<Scan> run(std::vector<std::string> paths = {"."}) {
    return scan(files_, options_for(std::move(paths)));
  }
  static std::string places(const Scan& scan) {
    std::string out;
    for (const rules::Finding& finding : scan.report.findings) {
      out += scan.sources.path(finding.region.file) + ":" +
             std::to_string(scan.sources.lines(finding.region.file).position(finding.region.begin).line) + " ";
    }
    return out;
  }
  static std::set<std::string> codes(const Scan& scan) {
    std::set<std::string> out;
    for (const core::Problem& problem : scan.report.problems) out.insert(problem.code);
    return out;
  }
  static std::map<std::string, std::string> states(const Scan& scan) {
    std::map<std::string, std::string> out;
    for (const rules::CoverageRow& row : scan.report.coverage) {
      if (row.is_root) continue;
      EXPECT_TRUE(out.emplace(row.path, row.state).second) << row.path << " twice";
    }
    return out;
  }
  static std::string report_of(const Scan& scan) {
    std::string out;
    rules::Report report = scan.report;
    report.summary.duration_ms = 0;
    for (const report::WriterEntry& writer : report::all_writers()) out += writer.write(report, {});
    return out;
  }
  core::MemoryFileSystem files_;
};

TEST_F(PipelineTest, FindsAndCounts) {
  add("/r/main.tf", kBucket);
  auto out = run();
  ASSERT_TRUE(out->usage_errors.empty()) << out->usage_errors[0].message;
  EXPECT_EQ(places(*out), "main.tf:2 ");
  EXPECT_EQ(out->report.summary.fail, 1u);
  EXPECT_EQ(out->report.summary.files, 1u);
  EXPECT_EQ(out->report.summary.rules, 1u);
  EXPECT_EQ(out->report.summary.resources, 1u);
}

TEST_F(PipelineTest, AModuleOutsideTheTreeIsRead) {
  add("/r/app/main.tf", "module \"m\" {\n  source = \"../mod\"\n  acl = \"public-read\"\n}\n");
  add("/r/mod/main.tf", "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n"
                        "resource \"aws_s3_bucket\" \"c\" {\n  acl = \"public-read\"\n}\n");
  // The finding of `b` starts in app; `c` is written in a module that was not asked about.
  EXPECT_EQ(places(*run({"app"})), "app/main.tf:3 ");
  EXPECT_EQ(places(*run({"app", "mod"})), "app/main.tf:3 mod/main.tf:6 ");
  auto read = files_.files_read();
  EXPECT_NE(std::find(read.begin(), read.end(), "/r/mod/main.tf"), read.end());
}

TEST_F(PipelineTest, AFileIsAFocus) {
  add("/r/main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  acl = var.acl\n}\n");
  add("/r/vars.tf", "variable \"acl\" { default = \"public-read\" }\n");
  add("/r/other.tf", "resource \"aws_s3_bucket\" \"c\" {\n  acl = \"public-read\"\n}\n");
  EXPECT_EQ(places(*run({"main.tf"})), "vars.tf:1 ");
  EXPECT_EQ(places(*run({"vars.tf"})), "vars.tf:1 ");
  EXPECT_EQ(places(*run({"other.tf"})), "other.tf:2 ");
  EXPECT_EQ(places(*run()), "other.tf:2 vars.tf:1 ");
}

TEST_F(PipelineTest, TheSameBytesForAnyNumberOfJobs) {
  for (int i = 0; i < 60; ++i) {
    std::string number = std::to_string(i);
    std::string acl = i % 3 == 0 ? "\"public-read\"" : i % 3 == 1 ? "var.acl" : "\"private\"";
    add("/r/d" + number + "/main.tf", "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n  acl = " + acl + "\n}\n" +
                                          (i % 10 == 0 ? "resource {\n" : ""));
  }
  std::string first;
  for (unsigned jobs : {1u, 2u, 8u}) {
    ScanOptions options = options_for({"."});
    options.jobs = jobs;
    options.maybe = true;
    auto out = scan(files_, options);
    std::string report = report_of(*out);
    if (jobs == 1) {
      first = report;
      EXPECT_EQ(out->report.summary.fail, 20u);
      EXPECT_EQ(out->report.summary.maybe, 20u);
    }
    EXPECT_EQ(report, first) << jobs;
  }
}

TEST_F(PipelineTest, UnreadableFilesAndDirectoriesAreProblemsAndTheRestIsAnalysed) {
  add("/r/a/main.tf", kBucket);
  add("/r/b/main.tf", kBucket);
  add("/r/c/main.tf", kBucket);
  core::FaultyFileSystem faulty(files_);
  faulty.fail_at("/r/a/main.tf", "permission-denied");
  faulty.fail_at("/r/b", "permission-denied");
  auto out = scan(faulty, options_for({"."}));
  ASSERT_TRUE(out->usage_errors.empty());
  EXPECT_EQ(places(*out), "c/main.tf:2 ");
  EXPECT_EQ(out->report.summary.problems, 2u);
  EXPECT_TRUE(codes(*out).contains("unreadable-file"));
  EXPECT_EQ(states(*out)["a/main.tf"], "failed");
  EXPECT_EQ(states(*out)["c/main.tf"], "evaluated");
  std::string report = report_of(*out);
  EXPECT_NE(report.find("a/main.tf"), std::string::npos);
}

TEST_F(PipelineTest, AFileSystemThatDiesIsSurvived) {
  add("/r/a/main.tf", "module \"m\" {\n  source = \"../b\"\n}\n");
  add("/r/b/main.tf", kBucket);
  for (uint64_t count = 0; count < 40; ++count) {
    core::FaultyFileSystem faulty(files_);
    faulty.fail_after(count);
    auto out = scan(faulty, options_for({"."}));
    bool clean = out->usage_errors.empty() && out->report.problems.empty();
    if (!clean) continue;
    EXPECT_EQ(places(*out), "b/main.tf:2 ") << "silently green after " << count << " operations";
  }
}

TEST_F(PipelineTest, EveryFileHasACoverageRow) {
  add("/r/main.tf", kBucket);
  add("/r/broken.tf", "resource \"aws_s3_bucket\" \"b2\" {\n  acl = \n}\n");
  add("/r/notes.md", "text");
  add("/r/values.yaml", "a: 1\n");
  add("/r/empty.yaml", "\n");
  add("/r/bad/pod.yaml", "apiVersion: v1\nkind: [\n");
  add("/r/pod/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n");
  auto out = run();
  auto rows = states(*out);
  EXPECT_EQ(rows["main.tf"], "evaluated");
  EXPECT_EQ(rows["broken.tf"], "partial");
  EXPECT_EQ(rows["notes.md"], "skipped");
  EXPECT_EQ(rows["values.yaml"], "skipped");
  EXPECT_EQ(rows["empty.yaml"], "skipped");
  EXPECT_EQ(rows["pod/pod.yaml"], "evaluated");
  EXPECT_TRUE(rows["bad/pod.yaml"] == "failed" || rows["bad/pod.yaml"] == "partial") << rows["bad/pod.yaml"];
  EXPECT_EQ(rows.size(), 7u);
  EXPECT_EQ(out->report.summary.files, 7u);
  EXPECT_EQ(places(*out), "main.tf:2 ");
}

TEST_F(PipelineTest, MissingPathsAreUsageErrors) {
  add("/r/main.tf", kBucket);
  auto out = run({".", "nothing"});
  ASSERT_EQ(out->usage_errors.size(), 1u);
  EXPECT_EQ(out->usage_errors[0].message, "there is no file or directory 'nothing'");
  EXPECT_TRUE(out->report.findings.empty());
}

TEST_F(PipelineTest, RuleSelection) {
  add("/r/main.tf", kBucket);
  ScanOptions options = options_for({"."});
  options.only_rules = {"public-acl"};
  EXPECT_EQ(scan(files_, options)->report.findings.size(), 1u);
  options.only_rules = {"TST*"};
  EXPECT_EQ(scan(files_, options)->report.findings.size(), 1u);
  options.skip_rules = {"tst0001"};
  auto none = scan(files_, options);
  EXPECT_TRUE(none->usage_errors.empty());
  EXPECT_TRUE(none->report.findings.empty());
  EXPECT_EQ(none->report.summary.rules, 0u);
  options.skip_rules = {"TST000l"};
  auto wrong = scan(files_, options);
  ASSERT_EQ(wrong->usage_errors.size(), 1u);
  EXPECT_NE(wrong->usage_errors[0].message.find("--skip-rule: no rule is called 'TST000l'; did you mean 'TST0001'?"),
            std::string::npos);
}

TEST_F(PipelineTest, PolicyFilesAreChecked) {
  add("/r/main.tf", kBucket);
  std::string broken(kRule);
  broken.replace(broken.find("resource.acl =="), 15, "resource.acl ==  ==");
  add("/policies/broken.md", broken);
  add("/policies/readme.txt", "words");
  auto errors_of = [&](std::vector<std::string> policies) {
    ScanOptions options = options_for({"."});
    options.policies = std::move(policies);
    options.only_rules.clear();
    return scan(files_, options)->usage_errors;
  };
  auto errors = errors_of({"/policies/broken.md"});
  ASSERT_FALSE(errors.empty());
  EXPECT_EQ(errors[0].file, "/policies/broken.md");
  EXPECT_EQ(errors[0].line, 15u);
  EXPECT_NE(errors_of({"/policies/nothing.md"})[0].message.find("there is no file or directory"), std::string::npos);
  EXPECT_NE(errors_of({"/policies/readme.txt"})[0].message.find("not a rule file"), std::string::npos);
  errors = errors_of({"/policies/rule.md", "/policies/rule.md"});
  ASSERT_FALSE(errors.empty());
  EXPECT_NE(errors[0].message.find("the id TST0001 is already that of"), std::string::npos);
  // In a directory other files are passed over.
  files_.remove("/policies/broken.md");
  EXPECT_TRUE(errors_of({"/policies"}).empty());
}

TEST_F(PipelineTest, SeverityMaybeAndSuppressions) {
  add("/r/main.tf", "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"b\" {\n"
                    "  acl = var.acl # assay:ignore TST0001 known\n}\n");
  auto without = run();
  EXPECT_TRUE(without->report.findings.empty());
  EXPECT_FALSE(codes(*without).contains("suppression-unused"));
  ScanOptions options = options_for({"."});
  options.maybe = true;
  auto with = scan(files_, options);
  ASSERT_EQ(with->report.findings.size(), 1u);
  EXPECT_TRUE(with->report.findings[0].suppressed);
  EXPECT_EQ(with->report.summary.suppressed, 1u);
  EXPECT_EQ(with->report.summary.maybe, 0u);
  options.minimum = rules::Severity::kCritical;
  EXPECT_TRUE(scan(files_, options)->report.findings.empty());
}

TEST_F(PipelineTest, ProgressIsTold) {
  add("/r/main.tf", kBucket);
  ScanOptions options = options_for({"."});
  std::vector<std::string> stages;
  options.progress = [&](std::string_view stage, size_t done, size_t total) {
    EXPECT_LE(done, total);
    if (stages.empty() || stages.back() != stage) stages.emplace_back(stage);
  };
  scan(files_, options);
  EXPECT_EQ(stages, (std::vector<std::string>{"read", "understand", "evaluate"}));
}

TEST_F(PipelineTest, PathsInReportsStartAtTheRepository) {
  add("/r/.git/HEAD", "");
  add("/r/infra/main.tf", kBucket);
  ScanOptions options = options_for({"."});
  options.current_directory = "/r/infra";
  auto out = scan(files_, options);
  EXPECT_EQ(places(*out), "main.tf:2 ");
  EXPECT_EQ(out->report.repository_prefix, "infra/");
}

TEST_F(PipelineTest, OneMistakeThatStopsSeveralRulesIsSaidOnce) {
  std::string second(kRule);
  second.replace(second.find("TST0001"), 7, "TST0002");
  for (std::string_view name : {"public-acl", "The bucket is public"}) second.replace(second.find(name), 6, "second");
  std::string first(kRule);
  for (std::string* rule : {&first, &second}) {
    rule->replace(rule->find("resource.acl == \"public-read\""), 29, "resource.acl.exists(a, a == \"x\")");
  }
  files_.add_file("/policies/first.md", first);
  files_.add_file("/policies/second.md", second);
  add("/r/main.tf", kBucket);
  ScanOptions options = options_for({"."});
  options.policies = {"/policies/first.md", "/policies/second.md"};
  options.only_rules = {"TST0001", "TST0002"};
  auto result = scan(files_, options);
  std::vector<std::string> stopped;
  for (const core::Problem& problem : result->report.problems) {
    if (problem.code == "rule-not-evaluated") stopped.push_back(problem.message);
  }
  ASSERT_EQ(stopped.size(), 1u);
  EXPECT_EQ(stopped[0].find("TST0001, TST0002 could not judge aws_s3_bucket.b: "), 0u) << stopped[0];
}

}  // namespace
}  // namespace assay::pipeline
