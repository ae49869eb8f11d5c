#include "rules/secrets/detector.h"

#include <gtest/gtest.h>

#include "parsers/core/base64.h"
#include "rules/secrets/sample.h"

namespace assay::rules::secrets {
namespace {

// Tokens are put together here, so that no other scanner mistakes this file for a leak.
std::string token(std::string prefix, std::string_view alphabet, size_t length) {
  for (size_t i = 0; i < length; ++i) prefix += alphabet[(i * 7 + i / 5 + 3) % alphabet.size()];
  return prefix;
}
constexpr std::string_view kAlnumText = "aB3dE5gH7jK9mN2pQ4rS6tU8vW0xYz";

std::string kind_in(std::string_view text) {
  auto match = find_token(text);
  return match ? std::string(match->kind) : "";
}

TEST(FindTokenTest, KnowsFormatsByPrefixAlphabetAndLength) {
  EXPECT_EQ(kind_in(token("AKIA", "ABCDEFGHIJKLMNOP234567", 16)), "aws-access-key-id");
  EXPECT_EQ(kind_in(*sample_of("github-token")), "github-token");
  EXPECT_EQ(kind_in("export T=" + token("glpat-", kAlnumText, 20) + "\n"), "gitlab-token");
  EXPECT_EQ(kind_in(token("AIza", kAlnumText, 35)), "google-api-key");
  EXPECT_EQ(kind_in(token("sk_live_", kAlnumText, 24)), "stripe-secret-key");
  EXPECT_EQ(kind_in(token("dop_v1_", "0123456789abcdef", 64)), "digitalocean-token");
}

TEST(FindTokenTest, RefusesWrongLengthsAlphabetsAndWordsAround) {
  EXPECT_EQ(kind_in(token("AKIA", "ABCDEFGHIJKLMNOP234567", 15)), "");
  EXPECT_EQ(kind_in(token("AKIA", "ABCDEFGHIJKLMNOP234567", 17)), "");
  EXPECT_EQ(kind_in(token("xAKIA", "ABCDEFGHIJKLMNOP234567", 16)), "");
  EXPECT_EQ(kind_in(token("ghp_", kAlnumText, 35)), "");
  EXPECT_EQ(kind_in("AKIAIOSFODNN7EXAMPLE"), "") << "the vendor's documentation key";
  EXPECT_EQ(kind_in("ghp_" + std::string(36, 'x')), "");
  EXPECT_EQ(kind_in(token("ghp_", kAlnumText, 36)), "") << "its sum is wrong";
}

TEST(FindTokenTest, GivesTheBytesOfTheToken) {
  std::string key = token("AKIA", "ABCDEFGHIJKLMNOP234567", 16);
  std::string text = "#!/bin/sh\nexport AWS_ACCESS_KEY_ID=" + key + "\n";
  auto match = find_token(text);
  ASSERT_TRUE(match);
  EXPECT_EQ(text.substr(match->begin, match->end - match->begin), key);
}

TEST(FindTokenTest, PrivateKeysNeedABody) {
  std::string key = *sample_of("private-key");
  auto match = find_token("# deploy\n" + key + "\n");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->kind, "private-key");
  EXPECT_EQ(match->begin, 9u);
  EXPECT_EQ(match->end, 9 + key.size());
  std::string header = std::string("-----BEGIN RSA ") + "PRIVATE KEY-----\n";
  EXPECT_EQ(kind_in(header + "...\n"), "");
  EXPECT_EQ(kind_in(header + std::string(64, 'A') + "\n"), "") << "no key: it is all zeros";
  EXPECT_EQ(kind_in(std::string("-----BEGIN ") + "CERTIFICATE-----\n" + std::string(64, 'A')), "");
}

TEST(FindTokenTest, PrivateKeysInProgramTextAndJson) {
  std::string key = *sample_of("private-key"), escaped, indented;
  for (char c : key) {
    escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
    indented += c == '\n' ? std::string("\n    ") : std::string(1, c);
  }
  EXPECT_EQ(kind_in("{\"private_key\": \"" + escaped + "\\n\"}"), "private-key");
  EXPECT_EQ(kind_in("key: |\n    " + indented + "\n"), "private-key");
  EXPECT_EQ(kind_in(core::base64_encode(key)), "private-key");
}

TEST(FindTokenTest, LooksIntoBase64OfBase64ButNotForEver) {
  std::string text = "token " + *sample_of("gitlab-token") + "\n";
  for (int depth = 1; depth <= kMaxDecodingDepth + 1; ++depth) {
    text = core::base64_encode(text);
    auto match = find_token("user_data = \"" + text + "\"");
    ASSERT_EQ(match.has_value(), depth <= kMaxDecodingDepth) << depth;
    if (!match) break;
    EXPECT_EQ(match->kind, "gitlab-token");
    EXPECT_TRUE(match->encoded);
    EXPECT_EQ(match->begin, 13u);
    EXPECT_EQ(match->end, 13 + text.find_last_not_of('=') + 1 + (text.size() - text.find_last_not_of('=') - 1));
  }
}

TEST(FindTokenTest, Base64OverSeveralLinesIsOneText) {
  std::string packed = core::base64_encode("#cloud-config\nwrite_files:\n- content: hello hello hello\n- token: " + *sample_of("npm-token") + "\n");
  std::string text = "userData: |\n";
  for (size_t at = 0; at < packed.size(); at += 60) text += "  " + packed.substr(at, 60) + "\n";
  EXPECT_EQ(kind_in(text), "npm-token");
}

TEST(FindTokenTest, JsonWebTokensAreDecoded) {
  auto part = [](std::string_view text) { return core::base64_encode(text, core::Base64::kUrlWithoutPadding); };
  std::string body = part(R"({"sub":"1","name":"n"})") + "." + token("", kAlnumText, 43);
  EXPECT_EQ(kind_in(part(R"({"alg":"HS256","typ":"JWT"})") + "." + body), "json-web-token");
  EXPECT_EQ(kind_in(part(R"({"nothing":"HS256","typ":"J"})") + "." + body), "");
}

TEST(FindTokenTest, PasswordsInUrls) {
  auto match = find_token("postgres://app:s3cr3t-Pa55@db.internal:5432/app");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->kind, "password-in-url");
  EXPECT_EQ(kind_in("postgres://app:${DB_PASSWORD}@db.internal/app"), "");
  EXPECT_EQ(kind_in("https://user@example.com/a:b@c"), "");
  EXPECT_EQ(kind_in("http://host:8080/path"), "");
}

TEST(PlaceholderTest, ReferencesAndStandInsAreNoSecrets) {
  for (std::string_view text : {"", "changeme", "<password>", "${DB_PASSWORD}", "$(PASSWORD)", "{{ .Values.pw }}",
                                "{{resolve:secretsmanager:a}}", "xxxxxxxx", "********", "arn:aws:secretsmanager:x",
                                "your-password-here", "$DB_PASSWORD", "ENC[AES256_GCM,data:x]", "password"}) {
    EXPECT_TRUE(is_placeholder(text)) << text;
  }
  for (std::string_view text : {"hunter2", "correct-horse-battery-staple", "P@ssw0rd!", "Tr0ub4dor&3"}) {
    EXPECT_FALSE(is_placeholder(text)) << text;
  }
}

TEST(SecretNameTest, TheLastWordsDecide) {
  for (std::string_view name : {"password", "DB_PASSWORD", "dbPassword", "master_password", "apiKey", "API_TOKEN",
                                "aws_secret_access_key", "client-secret", "connectionString", "AWSSecretAccessKey"}) {
    EXPECT_TRUE(is_secret_name(name)) << name;
  }
  for (std::string_view name : {"password_length", "secret_name", "token_url", "kms_key_id", "passwordPolicy",
                                "monkey", "key", "public_key", "secretName"}) {
    EXPECT_FALSE(is_secret_name(name)) << name;
  }
}

TEST(FindSecretTest, ASlotNeedsAValueThatLooksLikeOne) {
  EXPECT_TRUE(find_secret("DB_PASSWORD", "hunter2"));
  EXPECT_FALSE(find_secret("DB_PASSWORD", "changeme"));
  EXPECT_FALSE(find_secret("DB_PASSWORD", "must have eight letters"));
  EXPECT_FALSE(find_secret("DB_HOST", "hunter2"));
}

std::vector<Match> all_in(std::string_view text, Syntax syntax) {
  std::vector<Match> out;
  find_all(text, {.syntax = syntax, .whole_file = true}, out);
  return out;
}

TEST(AssignmentTest, ValuesInTheirSyntaxes) {
  struct Case {
    Syntax syntax;
    std::string_view text, value, slot;
  };
  static constexpr Case kCases[] = {
      {Syntax::kPlain, "export DB_PASSWORD=9hTq-47xWzKe # local", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kPlain, "DB_PASSWORD='9hTq-47xWzKe'", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kPlain, "run --db-password=9hTq-47xWzKe --verbose", "9hTq-47xWzKe", "--db-password"},
      {Syntax::kYaml, "db:\n  password: 9hTq-47xWzKe  # rotate", "9hTq-47xWzKe", "password"},
      {Syntax::kYaml, "- name: DB_PASSWORD\n  value: 9hTq-47xWzKe", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kYaml, "env: {DB_PASSWORD: 9hTq-47xWzKe}", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kYaml, "    - DB_PASSWORD=9hTq-47xWzKe", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kYaml, "data:\n  password: OWhUcS00N3hXektl", "OWhUcS00N3hXektl", "password"},
      {Syntax::kQuoted, "db_password = \"9hTq-47xWzKe\"", "9hTq-47xWzKe", "db_password"},
      {Syntax::kQuoted, "{\"dbPassword\": \"9hTq-47xWzKe\"}", "9hTq-47xWzKe", "dbPassword"},
      {Syntax::kQuoted, "{\"name\": \"DB_PASSWORD\", \"value\": \"9hTq-47xWzKe\"}", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kQuoted, "\"{\\\"password\\\": \\\"9hTq-47xWzKe\\\"}\"", "9hTq-47xWzKe", "password"},
      {Syntax::kQuoted, "{\"adminPassword\": {\n  \"value\": \"9hTq-47xWzKe\"}}", "9hTq-47xWzKe", "adminPassword"},
      {Syntax::kQuoted, "{\"ParameterKey\": \"DbPassword\", \"ParameterValue\": \"9hTq-47xWzKe\"}", "9hTq-47xWzKe", "DbPassword"},
      {Syntax::kQuoted, "password: str = '9hTq-47xWzKe'", "9hTq-47xWzKe", "password"},
      {Syntax::kQuoted, "password := \"9hTq-47xWzKe\"", "9hTq-47xWzKe", "password"},
      {Syntax::kQuoted, "os.environ[\"DB_PASSWORD\"] = \"9hTq-47xWzKe\"", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kQuoted, ":password => '9hTq-47xWzKe'", "9hTq-47xWzKe", "password"},
      {Syntax::kCommand, "ENV DB_PASSWORD 9hTq-47xWzKe", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kCommand, "ARG DB_PASSWORD=9hTq-47xWzKe", "9hTq-47xWzKe", "DB_PASSWORD"},
      {Syntax::kXml, "<password>9hTq-47xWzKe</password>", "9hTq-47xWzKe", "password"},
      {Syntax::kXml, "<add key=\"DbPassword\" value=\"9hTq-47xWzKe\"/>", "9hTq-47xWzKe", "DbPassword"},
      {Syntax::kNetrc, "machine host login me password 9hTq-47xWzKe", "9hTq-47xWzKe", "password"},
      {Syntax::kPgpass, "db:5432:app:app:9hTq-47xWzKe", "9hTq-47xWzKe", "password"},
  };
  for (const Case& one : kCases) {
    std::vector<Match> found = all_in(one.text, one.syntax);
    ASSERT_EQ(found.size(), 1u) << one.text;
    EXPECT_EQ(found[0].kind, "secret-value") << one.text;
    EXPECT_EQ(one.text.substr(found[0].begin, found[0].end - found[0].begin), one.value) << one.text;
    EXPECT_EQ(found[0].slot, one.slot) << one.text;
  }
}

TEST(AssignmentTest, HeredocsHoldAnyText) {
  std::string_view text =
      "password = var.password1\nuser_data = <<-EOT\n  export DB_PASSWORD=9hTq-47xWzKe\n  EOT\ntoken = local.token12345678\n"
      "other = <<EOF\npassword: 8hTq-47xWzKe\nEOF\nsecret = <<EOF\n";
  std::vector<Match> found = all_in(text, Syntax::kHcl);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(text.substr(found[0].begin, 12), "9hTq-47xWzKe");
  EXPECT_EQ(text.substr(found[1].begin, 12), "8hTq-47xWzKe");
}

TEST(AssignmentTest, AuthorizationHeaders) {
  EXPECT_EQ(all_in("Authorization: Basic YXBwOjloVHEtNDd4V3pLZQ==", Syntax::kYaml).at(0).kind, "basic-authorization");
  EXPECT_EQ(all_in("\"Authorization\": \"Bearer b7Kq2VxWm4ZtPn7YbJ3cLd9f\"", Syntax::kQuoted).at(0).kind, "bearer-token");
  EXPECT_TRUE(all_in("Authorization: Basic YXBwOnBhc3N3b3Jk", Syntax::kYaml).empty()) << "app:password";
  EXPECT_TRUE(all_in("Authorization: Bearer $TOKEN", Syntax::kYaml).empty());
}

TEST(AssignmentTest, ATokenIsFoundOnceWhateverItsName) {
  std::string text = "API_TOKEN=" + *sample_of("gitlab-token") + "\n";
  std::vector<Match> found = all_in(text, Syntax::kPlain);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, "gitlab-token");
  EXPECT_EQ(found[0].slot, "API_TOKEN");
}

TEST(AssignmentTest, FilesHaveTheirSyntax) {
  EXPECT_EQ(syntax_of("a/b/.env.production"), Syntax::kPlain);
  EXPECT_EQ(syntax_of("Dockerfile.dev"), Syntax::kCommand);
  EXPECT_EQ(syntax_of("values.yaml"), Syntax::kYaml);
  EXPECT_EQ(syntax_of("main.tf"), Syntax::kHcl);
  EXPECT_EQ(syntax_of("app.py"), Syntax::kQuoted);
  EXPECT_EQ(syntax_of("README.md"), Syntax::kTokens);
  EXPECT_EQ(syntax_of("package-lock.json"), Syntax::kTokens);
  EXPECT_EQ(syntax_of("web.config"), Syntax::kXml);
}

TEST(LimitTest, MatchesOfOneTextAreCounted) {
  std::string text;
  for (size_t i = 0; i < kMaxMatches + 50; ++i) text += "DB_PASSWORD=9hTq-47xWz" + std::to_string(i) + "\n";
  EXPECT_EQ(all_in(text, Syntax::kPlain).size(), kMaxMatches);
}

TEST(LimitTest, HostileTextsAreDoneInTime) {
  for (std::string_view part : {"AAAA", "eyJ", "password=\"", "://a:", "-----BEGIN ", "sig=", "MIIEowIBAAKCAQEA", "H4sI", "sk-", "\\n"}) {
    std::string text;
    while (text.size() < (1u << 18)) text += part;
    (void)all_in(text, Syntax::kQuoted);
    (void)all_in(text, Syntax::kYaml);
  }
}

TEST(DecodeTest, OnlyPrintableText) {
  EXPECT_EQ(decode_base64_text(core::base64_encode("hunter2")), "hunter2");
  EXPECT_EQ(decode_base64_text(core::base64_encode(std::string("\0\x01", 2))), std::nullopt);
  EXPECT_EQ(decode_base64_text("not base64!"), std::nullopt);
}

}  // namespace
}  // namespace assay::rules::secrets
