#include "analyzer/pipeline/diff.h"

#include <gtest/gtest.h>

#include <map>

#include "analyzer/pipeline/baseline.h"
#include "analyzer/pipeline/diff_match.h"

namespace assay::pipeline {
namespace {

using model::Value;

class MatchElementsTest : public ::testing::Test {
 protected:
  Value object(std::vector<std::pair<std::string_view, std::string_view>> entries) {
    std::vector<model::Entry> out;
    for (auto [key, value] : entries) out.push_back({key, {}, model::string_value(value)});
    return model::object_value(out, arena_);
  }
  std::vector<int32_t> match(std::vector<Value> before, std::vector<Value> after) { return match_elements(before, after); }
  core::Arena arena_;
};

TEST_F(MatchElementsTest, NamesComeFirst) {
  auto a = object({{"name", "a"}, {"image", "x"}}), b = object({{"name", "b"}, {"image", "y"}});
  auto a2 = object({{"name", "a"}, {"image", "y"}}), c = object({{"name", "c"}, {"image", "z"}});
  EXPECT_EQ(match({a, b}, {b, a2}), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(match({a}, {c, a2}), (std::vector<int32_t>{-1, 0}));
  EXPECT_EQ(match({a}, {c}), (std::vector<int32_t>{-1}));  // neither the name nor anything else
}

TEST_F(MatchElementsTest, ThenContentThenLikeness) {
  auto one = object({{"port", "22"}, {"cidr", "0.0.0.0/0"}, {"protocol", "tcp"}});
  auto closed = object({{"port", "22"}, {"cidr", "10.0.0.0/8"}, {"protocol", "tcp"}});
  auto other = object({{"port", "443"}, {"cidr", "10.0.0.0/8"}, {"protocol", "udp"}});
  auto opened = object({{"port", "443"}, {"cidr", "0.0.0.0/0"}, {"protocol", "udp"}});
  EXPECT_EQ(match({one, other}, {other, one}), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(match({one, other}, {opened, closed}), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(match({one}, {one, one}), (std::vector<int32_t>{0, -1}));
  EXPECT_TRUE(match({one}, {}).empty());
}

TEST_F(MatchElementsTest, TextsAreThemselves) {
  auto text = [](std::string_view value) { return model::string_value(value); };
  EXPECT_EQ(match({text("a"), text("b")}, {text("b"), text("c"), text("a")}), (std::vector<int32_t>{1, -1, 0}));
}

TEST(ShapeTest, TellsNoText) {
  core::Arena arena;
  auto with = [&](std::string_view password, std::string_view name) {
    std::vector<model::Entry> entries = {{"password", {}, model::string_value(password)}, {"name", {}, model::string_value(name)}};
    return shape_of(model::object_value(entries, arena));
  };
  EXPECT_EQ(with("hunter2", "db"), with("other", "db"));
  EXPECT_NE(with("hunter2", "db"), with("hunter2", "web"));
}

const char kRule[] = "---\nid: TST0001\nname: public-acl\nseverity: high\nprecision: high\nresources: [aws/s3/bucket]\nat: acl\n---\n"
                     "# The bucket is public\n\n## How to fix\nClose it.\n\n```cel\nresource.acl == \"public-read\"\n```\n";

class CompareTest : public ::testing::Test {
 protected:
  using Files = std::vector<std::pair<std::string, std::string>>;
  static std::string bucket(const std::string& label, const std::string& acl = "public-read", const std::string& name = "") {
    return "resource \"aws_s3_bucket\" \"" + label + "\" {\n  bucket = \"" + (name.empty() ? label : name) + "\"\n  acl = \"" + acl + "\"\n}\n";
  }
  std::unique_ptr<Scan> run(const Files& files) {
    core::MemoryFileSystem system;
    system.add_file("/policies/rule.md", kRule);
    system.add_directory("/r");
    for (const auto& [path, text] : files) system.add_file("/r/" + path, text);
    ScanOptions options;
    options.current_directory = "/r";
    options.paths = {"."};
    options.policies = {"/policies/rule.md"};
    options.only_rules = {"TST0001"};
    options.maybe = true;
    options_ = options;
    return scan(system, options);
  }
  // "ADDRESS=new ..." and, behind a bar, the addresses that are gone.
  std::string compare(const Files& before, const Files& after) {
    auto old_scan = run(before), new_scan = run(after);
    compare_scans(*old_scan, *new_scan, "/r", "before");
    return states(new_scan->report);
  }
  static std::string states(const rules::Report& report) {
    std::string out;
    for (const rules::Finding& finding : report.findings) out += finding.resource.address + "=" + finding.baseline + " ";
    for (const rules::GoneFinding& gone : report.comparison.gone) out += "|" + gone.address + " ";
    return out;
  }
  ScanOptions options_;
};

TEST_F(CompareTest, NewOldAndGone) {
  EXPECT_EQ(compare({{"a.tf", bucket("a") + bucket("b")}}, {{"a.tf", bucket("a") + bucket("c")}}),
            "aws_s3_bucket.a=unchanged aws_s3_bucket.c=new |aws_s3_bucket.b ");
  EXPECT_EQ(compare({}, {{"a.tf", bucket("a")}}), "aws_s3_bucket.a=new ");
  EXPECT_EQ(compare({{"a.tf", bucket("a")}}, {}), "|aws_s3_bucket.a ");
}

TEST_F(CompareTest, OneFixedOneBroken) {
  EXPECT_EQ(compare({{"a.tf", bucket("a") + bucket("b", "private")}}, {{"a.tf", bucket("a", "private") + bucket("b")}}),
            "aws_s3_bucket.b=new |aws_s3_bucket.a ");
}

TEST_F(CompareTest, RenamedAndMoved) {
  EXPECT_EQ(compare({{"a.tf", bucket("a")}}, {{"x/b.tf", bucket("a")}}), "aws_s3_bucket.a=unchanged ");
  EXPECT_EQ(compare({{"a.tf", bucket("a")}}, {{"a.tf", bucket("b", "public-read", "a")}}), "aws_s3_bucket.b=unchanged ");
  EXPECT_EQ(compare({{"a.tf", bucket("a")}}, {{"a.tf", bucket("b") + "moved {\n  from = aws_s3_bucket.a\n  to = aws_s3_bucket.b\n}\n"}}),
            "aws_s3_bucket.b=unchanged ");
  // Another name here and there: another bucket.
  EXPECT_EQ(compare({{"a.tf", bucket("a")}}, {{"a.tf", bucket("b")}}), "aws_s3_bucket.b=new |aws_s3_bucket.a ");
}

TEST_F(CompareTest, InstancesAreOneBlock) {
  std::string each = "resource \"aws_s3_bucket\" \"a\" {\n  for_each = toset([\"x\", \"y\"])\n  bucket = each.key\n  acl = \"public-read\"\n}\n";
  EXPECT_EQ(compare({{"a.tf", bucket("a")}}, {{"a.tf", each}}), "aws_s3_bucket.a[\"x\"]=unchanged ");
  EXPECT_EQ(compare({{"a.tf", each}}, {{"a.tf", bucket("x") + bucket("y")}}), "aws_s3_bucket.x=unchanged aws_s3_bucket.y=unchanged ");
  EXPECT_EQ(compare({{"a.tf", bucket("x") + bucket("y")}}, {{"a.tf", each}}), "aws_s3_bucket.a[\"x\"]=unchanged ");
  // There were two: a third one is one more.
  EXPECT_EQ(compare({{"a.tf", each}}, {{"a.tf", bucket("x") + bucket("y") + bucket("z")}}),
            "aws_s3_bucket.x=unchanged aws_s3_bucket.y=unchanged aws_s3_bucket.z=new ");
}

TEST_F(CompareTest, WorseIsNew) {
  std::string open = "variable \"acl\" {}\nresource \"aws_s3_bucket\" \"a\" {\n  acl = var.acl\n}\n";
  std::string certain = "resource \"aws_s3_bucket\" \"a\" {\n  acl = \"public-read\"\n}\n";
  EXPECT_EQ(compare({{"a.tf", open}}, {{"a.tf", certain}}), "aws_s3_bucket.a=new ");
  EXPECT_EQ(compare({{"a.tf", certain}}, {{"a.tf", open}}), "aws_s3_bucket.a=unchanged ");
  EXPECT_EQ(compare({{"a.tf", "# assay:ignore TST0001 known\n" + certain}}, {{"a.tf", certain}}), "aws_s3_bucket.a=new ");
}

TEST_F(CompareTest, BrokenFilesAreSaid) {
  auto old_scan = run({{"a.tf", "resource {\n"}}), new_scan = run({{"a.tf", bucket("a")}});
  compare_scans(*old_scan, *new_scan, "/r", "before");
  EXPECT_EQ(states(new_scan->report), "aws_s3_bucket.a=new ");
  EXPECT_TRUE(std::any_of(new_scan->report.problems.begin(), new_scan->report.problems.end(),
                          [](const core::Problem& problem) { return problem.code == "diff-base-partial" && problem.path == "a.tf"; }));
  // What cannot be read now is not fixed.
  EXPECT_EQ(compare({{"a.tf", bucket("a")}}, {{"a.tf", "resource {\n"}}), "");
}

TEST_F(CompareTest, ABaselineSurvives) {
  auto read = [&](const std::string& text, std::vector<UsageError>& errors) {
    core::MemoryFileSystem system;
    system.add_file("/b.json", text);
    return read_baseline(system, "/b.json", errors);
  };
  std::string text = write_baseline(*run({{"a.tf", bucket("a") + bucket("b")}}));
  std::vector<UsageError> errors;
  Baseline baseline = read(text, errors);
  ASSERT_TRUE(errors.empty());
  ASSERT_EQ(baseline.entries.size(), 2u);
  EXPECT_EQ(baseline.entries[0].address, "aws_s3_bucket.a");
  auto later = run({{"n/c.tf", bucket("a") + bucket("c", "public-read", "b") + bucket("d")}});
  apply_baseline(baseline, options_, *later);
  EXPECT_EQ(states(later->report), "aws_s3_bucket.a=unchanged aws_s3_bucket.c=unchanged aws_s3_bucket.d=new ");
  EXPECT_EQ(later->report.comparison.moved, 2u);
  // A damaged one never counts as an empty one.
  for (size_t length = 1; length + 2 < text.size(); ++length) {
    errors.clear();
    read(text.substr(0, length), errors);
    EXPECT_FALSE(errors.empty()) << length;
  }
}

}  // namespace
}  // namespace assay::pipeline
