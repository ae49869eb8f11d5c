// What the tests of the report writers share: a report made by hand over texts in memory.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "rules/engine/finding.h"
#include "sarif/writer.h"

namespace assay::report {

class ReportTest : public ::testing::Test {
 protected:
  ReportTest() {
    report_.tool_version = "1.2.3";
    report_.sources = &sources_;
    rules::RuleInfo rule;
    rule.id = "TST0001";
    rule.name = "public-acl";
    rule.severity = rules::Severity::kHigh;
    rule.title = "A bucket is public";
    rule.how = "Make it private.";
    rule.source = "tst/public acl.md";
    report_.rules.push_back(rule);
    rule.id = "TST0002";
    rule.name = "written-secret";
    rule.tags = {"secret"};
    report_.rules.push_back(rule);
  }
  core::FileId file(std::string path, std::string text) { return sources_.add(std::move(path), std::move(text)); }
  core::Span at(core::FileId file, std::string_view needle, int nth = 0) {
    std::string_view text = sources_.text(file);
    size_t found = text.find(needle);
    for (int i = 0; i < nth && found != std::string_view::npos; ++i) found = text.find(needle, found + 1);
    EXPECT_NE(found, std::string_view::npos) << needle;
    return {file, static_cast<uint32_t>(found), static_cast<uint32_t>(found + needle.size())};
  }
  rules::Finding& finding(core::Span region, uint32_t rule = 0) {
    rules::Finding out;
    out.rule = rule;
    out.severity = rules::Severity::kHigh;
    out.message = "the bucket is public";
    out.resource = {"aws_s3_bucket.b", "aws_s3_bucket", "b", "terraform", {}, {}};
    out.attribute = "acl";
    out.region = region;
    out.fingerprint = std::string(31, 'a') + static_cast<char>('0' + report_.findings.size() % 10);
    report_.findings.push_back(out);
    return report_.findings.back();
  }
  std::string text() { return write_text(report_, {}); }
  // The code line and the caret line of the first frame, without the margin.
  std::pair<std::string, std::string> frame() {
    std::string out = text();
    std::string line, carets, before;
    for (size_t begin = 0; begin < out.size();) {
      size_t end = out.find('\n', begin);
      std::string now = out.substr(begin, end - begin);
      if (now.find('^') != std::string::npos) {
        size_t bar = before.find(" | ");
        size_t margin = now.find(" | ");
        EXPECT_EQ(bar, margin) << out;
        return {before.substr(bar + 3), now.substr(margin + 3)};
      }
      before = now;
      begin = end + 1;
    }
    return {};
  }

  core::SourceSet sources_;
  rules::Report report_;
};

}  // namespace assay::report
