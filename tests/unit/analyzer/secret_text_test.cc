#include "analyzer/pipeline/secret_text.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/base64.h"
#include "rules/secrets/sample.h"
#include "sarif/writer.h"

namespace assay::pipeline {
namespace {

using rules::secrets::sample_of;

struct Scanned {
  core::MemoryFileSystem files;
  ScanOptions options;
  std::unique_ptr<Scan> result;

  Scanned() {
    options.paths = {"/r"};
    options.current_directory = "/r";
    options.only_rules = {"SEC0*"};
    options.today = "2025-06-15";
    options.version = "1";
    files.add_directory("/r");
  }
  Scanned& file(std::string_view path, std::string text) {
    files.add_file("/r/" + std::string(path), std::move(text));
    return *this;
  }
  Scanned& run() {
    result = scan(files, options);
    EXPECT_TRUE(result->usage_errors.empty()) << result->usage_errors[0].message;
    return *this;
  }
  // "RULE file:line text" of what is not suppressed, "(RULE ...)" of what is.
  std::vector<std::string> findings() const {
    std::vector<std::string> out;
    for (const rules::Finding& finding : result->report.findings) {
      const core::SourceSet& sources = result->sources;
      std::string text = result->report.rules[finding.rule].id + " " + sources.path(finding.region.file) + ":" +
                         std::to_string(sources.lines(finding.region.file).position(finding.region.begin).line) + " " +
                         std::string(sources.text(finding.region));
      out.push_back(finding.suppressed ? "(" + text + ")" : text);
    }
    return out;
  }
};
using Texts = std::vector<std::string>;
constexpr const char* kPassword = "9hTq-47xWzKe";

std::string plan_with(const std::string& token) {
  std::string values = "{\"description\":\"" + token + "\",\"function_name\":\"f\"}";
  return "{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.0\",\"planned_values\":{\"root_module\":{\"resources\":[{\"address\":\"aws_lambda_function.f\","
         "\"mode\":\"managed\",\"type\":\"aws_lambda_function\",\"name\":\"f\",\"values\":" + values + "}]}},\n\"resource_changes\":[{\"address\":\"aws_lambda_function.f\","
         "\"mode\":\"managed\",\"type\":\"aws_lambda_function\",\"name\":\"f\",\"change\":{\"actions\":[\"create\"],\"before\":null,\"after\":" + values +
         ",\"after_unknown\":{}}}]}";
}

// A plan says each value several times: a token in it is reported once, where the changes have it.
TEST(SecretTextTest, TokensOfPlansAreSaidOnce) {
  std::string token = *sample_of("gitlab-token");
  Scanned scanned;
  scanned.file("plan.json", plan_with(token)).run();
  EXPECT_EQ(scanned.findings(), Texts{"SEC0202 plan.json:2 " + token});
}

TEST(SecretTextTest, TokensOfPlansThatOtherFilesHaveAreSaidThere) {
  std::string token = *sample_of("gitlab-token");
  Scanned scanned;
  scanned.file("plan.json", plan_with(token)).file(".env", "TOKEN=" + token + "\n").run();
  EXPECT_EQ(scanned.findings(), Texts{"SEC0202 .env:1 " + token});
}

TEST(SecretTextTest, EveryTextFileIsSearchedAndSaid) {
  std::string token = *sample_of("gitlab-token");
  Scanned scanned;
  scanned.file(".env", "TOKEN=" + token + "\n").file("bin", std::string("\x7f" "ELF\0", 5) + token).file("logo.png", token);
  scanned.file("sub/readme.txt", "nothing here").file(".gitignore", "ignored.env\n").file("ignored.env", token).file("/r/.git/HEAD", "x");
  scanned.run();
  EXPECT_EQ(scanned.findings(), Texts{"SEC0202 .env:1 " + token});
  std::map<std::string, std::string> rows;
  for (const rules::CoverageRow& row : scanned.result->report.coverage) rows[row.path] = row.format + " " + row.state + " " + row.reason;
  EXPECT_EQ(rows[".env"], "text evaluated ");
  EXPECT_EQ(rows["sub/readme.txt"], "text evaluated ");
  EXPECT_EQ(rows["bin"], " skipped not a text file");
  EXPECT_EQ(rows["logo.png"], " skipped not a text file");
  for (const std::string& path : scanned.files.files_read()) EXPECT_FALSE(path.ends_with(".png"));
}

TEST(SecretTextTest, LargeFilesAreSaidNotRead) {
  Scanned scanned;
  scanned.file("big.txt", "TOKEN=" + *sample_of("gitlab-token") + "\n" + std::string(core::kMaxTextBytes, 'x')).run();
  EXPECT_EQ(scanned.findings(), Texts{});
  ASSERT_EQ(scanned.result->report.coverage.size(), 1u);
  EXPECT_EQ(scanned.result->report.coverage[0].reason, "too large to be searched for secrets");
}

TEST(SecretTextTest, NothingIsReadWhenNoRuleAsks) {
  Scanned scanned;
  scanned.options.only_rules = {"AWS0*"};
  scanned.file(".env", "TOKEN=" + *sample_of("gitlab-token")).run();
  for (const std::string& path : scanned.files.files_read()) EXPECT_FALSE(path.ends_with(".env"));
}

TEST(SecretTextTest, OneLiteralIsOneFindingWithItsSinks) {
  Scanned scanned;
  scanned.file("main.tf",
               "variable \"password\" {\n  default = \"9hTq-47xWzKe\"\n}\n"
               "resource \"aws_db_instance\" \"a\" {\n  password = var.password\n}\n"
               "resource \"aws_db_instance\" \"b\" {\n  password = var.password\n}\n");
  scanned.run();
  ASSERT_EQ(scanned.findings(), Texts{"SEC0005 main.tf:2 \"9hTq-47xWzKe\""});
  EXPECT_GE(scanned.result->report.findings[0].related.size(), 2u);
}

TEST(SecretTextTest, ATokenInAValueNarrowsTheFinding) {
  std::string token = *sample_of("gitlab-token");
  Scanned scanned;
  scanned.file("main.tf", "resource \"aws_instance\" \"a\" {\n  user_data = <<-EOT\n    curl -H 'x: " + token +
                              "'\n    export DB_PASSWORD=9hTq-47xWzKe\n  EOT\n}\n");
  scanned.run();
  EXPECT_EQ(scanned.findings(), (Texts{"SEC0002 main.tf:3 " + token, "SEC0214 main.tf:4 9hTq-47xWzKe"}));
}

TEST(SecretTextTest, KubernetesSecretsAreFoundOnce) {
  std::string token = *sample_of("npm-token");
  Scanned scanned;
  scanned.file("a.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\ndata:\n  password: " + core::base64_encode(kPassword) +
                             "\n  other: " + core::base64_encode(token) + "\n");
  scanned.file("sealed.yaml", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata:\n  name: s\nspec:\n  encryptedData:\n    password: Ag" +
                                  std::string(400, 'B') + "k9\n");
  scanned.run();
  Texts found = scanned.findings();
  ASSERT_FALSE(found.empty());
  for (const std::string& text : found) EXPECT_TRUE(text.starts_with("SEC0102 a.yaml") || text.find(core::base64_encode(token)) != std::string::npos) << text;
  EXPECT_LE(found.size(), 2u);
}

TEST(SecretTextTest, WhatIsPackedIsUnpacked) {
  std::string script = "#!/bin/sh\nexport TOKEN=" + *sample_of("gitlab-token") + "\n" + std::string(200, '#');
  std::string packed(1000, '\0');
  z_stream stream{};
  ASSERT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(script.data());
  stream.avail_in = static_cast<uInt>(script.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ASSERT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  std::string base64 = core::base64_encode(packed);
  Scanned scanned;
  scanned.file("cloud-init.yaml", "write_files:\n- encoding: gz+b64\n  content: " + base64 + "\n").run();
  EXPECT_EQ(scanned.findings(), Texts{"SEC0202 cloud-init.yaml:3 " + base64});
}

TEST(SecretTextTest, CommentsAllow) {
  Scanned scanned;
  scanned.file(".env",
               "A_PASSWORD=9hTq-47xWzKa # gitleaks:allow\nB_PASSWORD=9hTq-47xWzKb # pragma: allowlist secret\n"
               "# pragma: allowlist nextline secret\nC_PASSWORD=9hTq-47xWzKc\nD_PASSWORD=9hTq-47xWzKd # trufflehog:ignore\n"
               "# assay:ignore SEC0214 a sample\nE_PASSWORD=9hTq-47xWzKe\nF_PASSWORD=9hTq-47xWzKf # assay:ignore gitleaks:generic-api-key sample\n"
               "G_PASSWORD=9hTq-47xWzKg # checkov:skip=CKV_SECRET_6:sample\nH_PASSWORD=9hTq-47xWzKh\n");
  scanned.run();
  Texts found = scanned.findings();
  ASSERT_EQ(found.size(), 8u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(found[i].front(), '(') << found[i];
  EXPECT_EQ(found[7], "SEC0214 .env:10 9hTq-47xWzKh");
}

TEST(SecretTextTest, ASuppressedSinkCoversItsText) {
  Scanned scanned;
  scanned.file("main.tf", "resource \"aws_db_instance\" \"a\" {\n  password = \"9hTq-47xWzKe\" # assay:ignore SEC0005 sample\n}\n").run();
  EXPECT_EQ(scanned.findings(), Texts{"(SEC0005 main.tf:2 \"9hTq-47xWzKe\")"});
}

TEST(SecretTextTest, GitleaksConfigurationAndKnownFindings) {
  Scanned scanned;
  scanned.file(".gitleaks.toml",
               "[[rules]]\nid = \"acme\"\ndescription = \"Acme key\"\nregex = '''acme-[0-9]{6}'''\n[allowlist]\npaths = ['''^docs/''']\n");
  scanned.file(".gitleaksignore", "known.env:generic-api-key:1\n");
  scanned.file("a.env", "X=acme-123456\n").file("docs/b.env", "X=acme-123456\nDB_PASSWORD=9hTq-47xWzKe\n").file("known.env", "DB_PASSWORD=9hTq-47xWzKe\n");
  scanned.run();
  EXPECT_EQ(scanned.findings(), (Texts{"SEC0215 a.env:1 acme-123456", "(SEC0214 known.env:1 9hTq-47xWzKe)"}));
  EXPECT_EQ(scanned.result->report.findings[0].message, "the team's own rule matches: acme, Acme key");
}

TEST(SecretTextTest, MistakesInTheConfigurationAreUsageErrors) {
  Scanned scanned;
  scanned.file(".gitleaks.toml", "title = \"x\"\n[[rule]]\nid = 1\n");
  scanned.result = scan(scanned.files, scanned.options);
  ASSERT_FALSE(scanned.result->usage_errors.empty());
  EXPECT_EQ(scanned.result->usage_errors[0].file, ".gitleaks.toml");
  EXPECT_EQ(scanned.result->usage_errors[0].line, 2u);
}

TEST(SecretTextTest, ExpressionsThatCannotBeUsedAreProblems) {
  Scanned scanned;
  scanned.file(".gitleaks.toml", "[[rules]]\nid = \"a\"\nregex = '''(?<=x)y'''\n").run();
  ASSERT_EQ(scanned.result->report.problems.size(), 1u);
  EXPECT_EQ(scanned.result->report.problems[0].code, "gitleaks-configuration");
  EXPECT_NE(scanned.result->report.problems[0].message.find(".gitleaks.toml:3"), std::string::npos);
}

TEST(SecretTextTest, IdentityIsOfTheTokenAndStaysWithIt) {
  std::string token = *sample_of("gitlab-token");
  auto fingerprints = [&](std::string path, std::string text) {
    Scanned scanned;
    scanned.file(path, std::move(text)).run();
    Texts out;
    for (const rules::Finding& finding : scanned.result->report.findings) out.push_back(finding.fingerprint);
    return out;
  };
  EXPECT_EQ(fingerprints("a.env", "TOKEN=" + token + "\n"), fingerprints("b/c.py", "\n\nx = \"" + token + "\"\n"));
  EXPECT_NE(fingerprints("a.env", "TOKEN=" + token + "\n"), fingerprints("a.env", "TOKEN=" + *sample_of("npm-token") + "\n"));
  // Of a password nothing goes in: whoever reads the report could try out words.
  EXPECT_EQ(fingerprints("a.env", "DB_PASSWORD=9hTq-47xWzKe\n"), fingerprints("a.env", "DB_PASSWORD=7hTq-47xWzKe\n"));
  EXPECT_EQ(fingerprints("a.env", "A_TOKEN=" + token + "\nB_TOKEN=" + token + "\n").size(), 2u);
}

TEST(SecretTextTest, NoReportShowsIt) {
  std::string token = *sample_of("gitlab-token"), key = *sample_of("private-key");
  Scanned scanned;
  scanned.file("a.env", "TOKEN=" + token + "\nDB_PASSWORD=9hTq-47xWzKe\n").file("k.pem", key + "\n");
  scanned.file("b.yaml", "x: " + core::base64_encode("token: " + token) + "\n").run();
  EXPECT_EQ(scanned.findings().size(), 4u);
  for (const report::WriterEntry& writer : report::all_writers()) {
    std::string out = writer.write(scanned.result->report, {});
    EXPECT_EQ(out.find(token.substr(6)), std::string::npos) << writer.name;
    EXPECT_EQ(out.find(kPassword), std::string::npos) << writer.name;
    EXPECT_EQ(out.find(key.substr(40, 30)), std::string::npos) << writer.name;
    EXPECT_EQ(out.find(core::base64_encode("token: " + token).substr(4)), std::string::npos) << writer.name;
  }
}

TEST(SecretTextTest, AnotherRulesFramesHideThemToo) {
  std::string token = *sample_of("gitlab-token");
  Scanned scanned;
  scanned.options.only_rules = {"AWS0*"};
  scanned.file("main.tf", "resource \"aws_s3_bucket\" \"b\" {\n  acl = \"public-read\" # " + token + "\n}\n").run();
  ASSERT_FALSE(scanned.findings().empty());
  EXPECT_EQ(report::write_text(scanned.result->report, {}).find(token.substr(6)), std::string::npos);
}

TEST(SecretTextTest, TheSameForAnyNumberOfJobs) {
  auto run = [](unsigned jobs) {
    Scanned scanned;
    scanned.options.jobs = jobs;
    for (int i = 0; i < 64; ++i) scanned.file("f" + std::to_string(i) + ".env", "DB_PASSWORD=9hTq-47xWz" + std::to_string(i) + "\n");
    scanned.run();
    return scanned.findings();
  };
  EXPECT_EQ(run(1), run(4));
  EXPECT_EQ(run(1).size(), 64u);
}

}  // namespace
}  // namespace assay::pipeline
