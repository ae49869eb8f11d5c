#include "rules/lang/pack/rule_file.h"

#include <gtest/gtest.h>

#include "rules/lang/pack/pack.h"

namespace assay::rules {
namespace {

const char kFront[] = R"(---
id: TST0001
name: public-acl
severity: high
precision: very-high
resources: [aws/s3/bucket]
---
)";
const char kBody[] = R"(# The bucket is public

## What it does
Looks.

## Why it matters
It does.

## How to fix
Close it:

```
acl = "private"
```

```cel
resource.acl == "public-read"
```
)";

RuleFile parse(const std::string& front, const std::string& body = kBody) { return parse_rule_file("t.md", front + body); }

std::string errors(const RuleFile& file) {
  std::string out;
  for (const RuleFileError& error : file.errors) out += std::to_string(error.line) + ": " + error.message + "\n";
  return out;
}

TEST(RuleFile, ReadsEveryPart) {
  RuleFile file = parse(kFront);
  ASSERT_EQ(errors(file), "");
  const RuleInfo& info = file.rule.info;
  EXPECT_EQ(info.id, "TST0001");
  EXPECT_EQ(info.name, "public-acl");
  EXPECT_EQ(info.severity, Severity::kHigh);
  EXPECT_EQ(info.precision, "very-high");
  EXPECT_EQ(info.title, "The bucket is public");
  EXPECT_EQ(info.what, "Looks.");
  EXPECT_EQ(info.why, "It does.");
  EXPECT_EQ(info.how, "Close it:\n\n```\nacl = \"private\"\n```");
  EXPECT_EQ(info.source, "t.md");
  EXPECT_EQ(info.formats, (std::vector<std::string>{"terraform", "cloudformation"}));
  EXPECT_EQ(file.rule.language, "cel");
  EXPECT_EQ(file.rule.logic, "resource.acl == \"public-read\"\n");
  EXPECT_EQ(file.logic_line, 24u);
}

TEST(RuleFile, SeveralKeysOnOneLine) {
  RuleFile file = parse(R"(---
id: TST0001    name: public-acl   severity: low   precision: high
resources: [aws/s3/bucket, kubernetes/pod]      cwe: [CWE-732]   fix: safe
at: [acl, "a  id: b"]     each: grants   message: the bucket  is public
aliases: {checkov: [CKV_AWS_20, CKV_AWS_57], trivy: AVD-AWS-0092}   tags: [a, b]
controls: {cis-aws: {"1.4": "2.1.5", "1.5": [a, b]}, isms-p: ["2.6.1"]}
---
)", std::string(kBody) + "```fix\nset acl = \"private\"\n```\n");
  ASSERT_EQ(errors(file), "");
  const RuleInfo& info = file.rule.info;
  EXPECT_EQ(info.name, "public-acl");
  EXPECT_EQ(info.severity, Severity::kLow);
  EXPECT_EQ(info.precision, "high");
  EXPECT_EQ(info.cwe, std::vector<std::string>{"CWE-732"});
  EXPECT_EQ(info.fix, FixKind::kSafe);
  EXPECT_EQ(file.rule.at, (std::vector<std::string>{"acl", "a  id: b"}));
  EXPECT_EQ(file.rule.each, "grants");
  EXPECT_EQ(info.message, "the bucket  is public");
  ASSERT_EQ(info.aliases.size(), 3u);
  EXPECT_EQ(info.aliases[1].id, "CKV_AWS_57");
  EXPECT_EQ(info.aliases[2].tool, "trivy");
  EXPECT_EQ(info.tags, (std::vector<std::string>{"a", "b"}));
  ASSERT_EQ(info.controls.size(), 4u);
  EXPECT_EQ(info.controls[0].version, "1.4");
  EXPECT_EQ(info.controls[2].id, "b");
  EXPECT_EQ(info.controls[3].framework, "isms-p");
  EXPECT_EQ(info.controls[3].version, "");
  EXPECT_EQ(info.formats, (std::vector<std::string>{"terraform", "cloudformation", "kubernetes"}));
}

TEST(RuleFile, ErrorsCarryTheirLine) {
  std::string out = errors(parse(R"(---
id: tst1   name: Public
severity: severe
precission: high
precision: exact
resources: [a]
fix: perhaps
aliases: [x]
---
)"));
  for (const char* wanted : {"2: id: ", "2: name: ", "3: severity: critical, high, medium, low or info, not 'severe'",
                             "4: unknown key 'precission'", "did you mean \"precision\"", "5: precision: ", "7: fix: ",
                             "8: aliases: "}) {
    EXPECT_NE(out.find(wanted), std::string::npos) << wanted << "\nin\n" << out;
  }
}

TEST(RuleFile, WhatIsMissingIsSaid) {
  EXPECT_NE(errors(parse_rule_file("t.md", "")).find("1: a rule file starts with front matter"), std::string::npos);
  EXPECT_NE(errors(parse_rule_file("t.md", "# Title\n")).find("front matter"), std::string::npos);
  EXPECT_NE(errors(parse("---\n- a\n---\n")).find("must be a mapping"), std::string::npos);
  std::string out = errors(parse("---\nseverity: low\n---\n", ""));
  for (const char* part : {"id is missing", "name is missing", "precision is missing", "resources is missing",
                           "the title", "'How to fix' is missing", "the logic"}) {
    EXPECT_NE(out.find(part), std::string::npos) << part;
  }
  EXPECT_NE(errors(parse("---\nid: [\n---\n")), "");
  EXPECT_NE(errors(parse_rule_file("t.md", "---\nid: TST0001\n")), "");  // front matter without an end
}

TEST(RuleFile, MistakesInTheBody) {
  RuleFile two = parse(kFront, std::string(kBody) + "```cel\ntrue\n```\n");
  EXPECT_NE(errors(two).find("27: a rule has one logic fence"), std::string::npos) << errors(two);
  RuleFile open = parse(kFront, std::string(kBody) + "```hcl bad\nx = 1\n");
  EXPECT_NE(errors(open).find("26: this fence is not closed"), std::string::npos) << errors(open);
  RuleFile section = parse(kFront, "# T\n\n## Notes\nx\n" + std::string(kBody));
  EXPECT_NE(errors(section).find("10: sections are"), std::string::npos) << errors(section);
}

TEST(RuleFile, ExamplesCasesAndExpectations) {
  RuleFile file = parse(kFront, std::string(kBody) + R"(
```hcl bad
acl = "public-read"  # error: public-read
x = 1
y = 2  // maybe:
```

```yaml bad
Resources: {}  # error:
```

```hcl good case=two file=main.tf
module "m" {}
```

```hcl good case=two file=m/a.tf
acl = "private"
```

```hcl bad case=two
acl = "public-read"
```

```json good file=x.tf.json
{}
```

```yaml good
apiVersion: v1
kind: Pod
```
)");
  ASSERT_EQ(errors(file), "");
  ASSERT_EQ(file.examples.size(), 6u);
  const Example& first = file.examples[0];
  EXPECT_TRUE(first.bad);
  EXPECT_EQ(first.format, "terraform");
  EXPECT_EQ(first.line, 28u);
  ASSERT_EQ(first.files.size(), 1u);
  EXPECT_EQ(first.files[0].path, "main.tf");
  ASSERT_EQ(first.files[0].expectations.size(), 2u);
  EXPECT_EQ(first.files[0].expectations[0].line, 1u);
  EXPECT_EQ(first.files[0].expectations[0].text, "public-read");
  EXPECT_EQ(first.files[0].expectations[0].verdict, Verdict::kFail);
  EXPECT_EQ(first.files[0].expectations[1].line, 3u);
  EXPECT_EQ(first.files[0].expectations[1].verdict, Verdict::kMaybe);
  EXPECT_EQ(first.files[0].expectations[1].text, "");
  EXPECT_EQ(file.examples[1].format, "cloudformation");
  const Example& good = file.examples[2];
  EXPECT_FALSE(good.bad);
  ASSERT_EQ(good.files.size(), 2u);
  EXPECT_EQ(good.files[1].path, "m/a.tf");
  EXPECT_TRUE(file.examples[3].bad);  // a case of the same name, but bad
  EXPECT_EQ(file.examples[4].format, "terraform");
  EXPECT_EQ(file.examples[4].files[0].path, "x.tf.json");
  EXPECT_EQ(file.examples[5].format, "kubernetes");
}

TEST(RuleFile, LineEndsOfWindows) {
  std::string text = std::string(kFront) + kBody;
  std::string windows;
  for (char c : text) windows += c == '\n' ? "\r\n" : std::string(1, c);
  RuleFile file = parse_rule_file("t.md", windows);
  EXPECT_EQ(errors(file), "");
  EXPECT_EQ(file.rule.logic, "resource.acl == \"public-read\"\n");
}

TEST(CheckRuleFile, DemandsExamplesOfEveryFormatAndCompiles) {
  RuleFile file = parse(kFront, std::string(kBody) + "```hcl bad\nx\n```\n```hcl good\nx\n```\n```json good\n{\"Resources\": 1}\n```\n");
  std::vector<RuleFileError> found = check_rule_file(file);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].message, "a bad example for cloudformation is missing");
  EXPECT_NE(file.rule.check, nullptr);
  std::string body = kBody;
  body.replace(body.find("resource.acl =="), 15, "\nresource.acl ==  ==");
  RuleFile broken = parse(kFront, body);
  ASSERT_EQ(errors(broken), "");
  found = check_rule_file(broken);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].line, broken.logic_line + 1);
  EXPECT_EQ(broken.rule.check, nullptr);
}

}  // namespace
}  // namespace assay::rules
