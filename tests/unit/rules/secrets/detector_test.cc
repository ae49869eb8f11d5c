#include "rules/secrets/detector.h"

#include <gtest/gtest.h>

#include "parsers/core/base64.h"

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
  EXPECT_EQ(kind_in(token("ghp_", kAlnumText, 36)), "github-token");
  EXPECT_EQ(kind_in("export T=" + token("glpat-", kAlnumText, 20) + "\n"), "gitlab-token");
  EXPECT_EQ(kind_in(token("AIza", kAlnumText, 35)), "google-api-key");
  EXPECT_EQ(kind_in(token("sk_live_", kAlnumText, 24)), "stripe-key");
  EXPECT_EQ(kind_in(token("dop_v1_", "0123456789abcdef", 64)), "digitalocean-token");
}

TEST(FindTokenTest, RefusesWrongLengthsAlphabetsAndWordsAround) {
  EXPECT_EQ(kind_in(token("AKIA", "ABCDEFGHIJKLMNOP234567", 15)), "");
  EXPECT_EQ(kind_in(token("AKIA", "ABCDEFGHIJKLMNOP234567", 17)), "");
  EXPECT_EQ(kind_in(token("xAKIA", "ABCDEFGHIJKLMNOP234567", 16)), "");
  EXPECT_EQ(kind_in(token("ghp_", kAlnumText, 35)), "");
  EXPECT_EQ(kind_in("AKIAIOSFODNN7EXAMPLE"), "") << "the vendor's documentation key";
  EXPECT_EQ(kind_in("ghp_" + std::string(36, 'x')), "");
}

TEST(FindTokenTest, GivesTheBytesOfTheToken) {
  std::string key = token("AKIA", "ABCDEFGHIJKLMNOP234567", 16);
  std::string text = "#!/bin/sh\nexport AWS_ACCESS_KEY_ID=" + key + "\n";
  auto match = find_token(text);
  ASSERT_TRUE(match);
  EXPECT_EQ(text.substr(match->begin, match->end - match->begin), key);
}

TEST(FindTokenTest, PrivateKeysNeedABody) {
  std::string header = std::string("-----BEGIN RSA ") + "PRIVATE KEY-----\n";
  EXPECT_EQ(kind_in(header + std::string(64, 'A') + "\n"), "private-key");
  EXPECT_EQ(kind_in(header + "...\n"), "");
  EXPECT_EQ(kind_in(std::string("-----BEGIN ") + "CERTIFICATE-----\n" + std::string(64, 'A')), "");
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

TEST(DecodeTest, OnlyPrintableText) {
  EXPECT_EQ(decode_base64_text(core::base64_encode("hunter2")), "hunter2");
  EXPECT_EQ(decode_base64_text(core::base64_encode(std::string("\0\x01", 2))), std::nullopt);
  EXPECT_EQ(decode_base64_text("not base64!"), std::nullopt);
}

}  // namespace
}  // namespace assay::rules::secrets
