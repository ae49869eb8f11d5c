#include "rules/secrets/tokens.h"

#include <gtest/gtest.h>

#include <set>

#include "parsers/core/base64.h"
#include "rules/secrets/detector.h"
#include "rules/secrets/sample.h"
#include "rules/secrets/verify.h"

namespace assay::rules::secrets {
namespace {

std::vector<Match> found_in(std::string_view text, Syntax syntax = Syntax::kQuoted) {
  std::vector<Match> out;
  find_all(text, {.syntax = syntax, .whole_file = true}, out);
  return out;
}

TEST(TokensTest, ThereAreMany) {
  std::set<std::string_view> kinds;
  for (const TokenFormat& format : token_formats()) kinds.insert(format.kind);
  EXPECT_GE(token_formats().size(), 150u);
  EXPECT_GE(kinds.size(), 150u);
  EXPECT_GE(slot_formats().size(), 50u);
}

TEST(TokensTest, EveryFormatIsFoundWithItsExactBytes) {
  for (const TokenFormat& format : token_formats()) {
    std::string token = sample_of(format);
    std::string text = "first = 1\n  value: \"" + token + "\",\n";
    std::vector<Match> found = found_in(text, Syntax::kTokens);
    ASSERT_EQ(found.size(), 1u) << format.kind << " " << format.anchor << " " << token;
    EXPECT_EQ(found[0].kind, format.kind);
    if (format.check == Check::kSas || format.check == Check::kPutty) continue;
    EXPECT_EQ(text.substr(found[0].begin, found[0].end - found[0].begin), token) << format.kind;
  }
}

TEST(TokensTest, EverySlotFormatIsFoundBehindItsName) {
  for (const TokenFormat& format : slot_formats()) {
    std::string name(format.anchor.substr(0, format.anchor.find('|')));
    name += name.back() == '_' ? "api_key" : "_token";
    std::string value = sample_of(format);
    std::vector<Match> found = found_in(name + " = \"" + value + "\"\n");
    ASSERT_EQ(found.size(), 1u) << name << " " << value;
    EXPECT_EQ(found[0].kind, format.kind) << name;
    EXPECT_EQ(found[0].slot, name);
    EXPECT_TRUE(found_in("colour = \"" + value + "\"\n").empty() || format.kind == "azure-client-secret") << value;
  }
}

TEST(TokensTest, AWordThatGoesOnIsAnotherWord) {
  for (const TokenFormat& format : token_formats()) {
    if (format.check == Check::kPem || format.check == Check::kPutty || format.check == Check::kSas) continue;
    std::string token = sample_of(format);
    EXPECT_TRUE(found_in("x" + token, Syntax::kTokens).empty() || !format.before.empty()) << "x" << token;
  }
}

TEST(TokensTest, OneWrongCharacterBreaksASum) {
  for (const TokenFormat& format : token_formats()) {
    if (format.check != Check::kCrc62) continue;
    std::string token = sample_of(format);
    char& c = token[10];
    c = c == 'A' ? 'B' : 'A';
    EXPECT_TRUE(found_in("\"" + token + "\"", Syntax::kTokens).empty()) << token;
  }
}

TEST(TokensTest, TheSumIsGitHubs) {
  // From the announcement of the format, in two parts.
  EXPECT_EQ(base62(crc32(std::string("zQWBuTSOoRi4A9sp") + "HcVY5ncnsDkxkJ"), 6), "0mLq17");
}

TEST(TokensTest, ShapesAreCompared) {
  EXPECT_EQ(match_shape("d3'-'h2:4", "123-ab!", 0), 6u);
  EXPECT_EQ(match_shape("d3'-'h2:4", "123-abcde", 0), std::nullopt) << "goes on";
  EXPECT_EQ(match_shape("d3'-'h2:4", "123-a", 0), std::nullopt);
  EXPECT_EQ(match_shape("d3'-'h2:4", "12-ab", 0), std::nullopt);
  EXPECT_EQ(match_shape("d2a3", "12abc", 0), 5u);
  EXPECT_EQ(match_shape("l3:", "abc", 0), 3u);
  EXPECT_EQ(match_shape_before("h4'-'", "xab12-x", 6), std::nullopt) << "no start of a word";
  EXPECT_EQ(match_shape_before("h4'-'", " ab12-x", 6), 1u);
}

TEST(TokensTest, AwsKeysSayTheirAccount) {
  EXPECT_EQ(aws_account(std::string("ASIA") + "Y34FZKBOKMUTVV7A"), "609629065308");
  EXPECT_EQ(aws_account(std::string("AKIA") + "IOSFODNN7EXAMPLE"), std::nullopt) << "from before accounts were in ids";
}

TEST(TokensTest, AwsSecretKeysAreKnownBesideTheirId) {
  std::string id = *sample_of("aws-access-key-id");
  std::string secret = *sample_of("aws-secret-access-key");
  std::vector<Match> found = found_in("[default]\n" + id + "\n" + secret + "\n", Syntax::kTokens);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].kind, "aws-secret-access-key");
  EXPECT_TRUE(found_in("sum " + secret + "\n", Syntax::kTokens).empty());
}

TEST(TokensTest, EscapesInProgramTextBelongToNoWord) {
  std::string token = *sample_of("gitlab-token");
  EXPECT_EQ(found_in("\"first\\n" + token + "\\n\"", Syntax::kTokens).size(), 1u);
}

TEST(TokensTest, TokensAcrossTheEdgesOfBlocksAreFound) {
  std::string token = *sample_of("digitalocean-token");
  for (size_t before = 0; before < 140; ++before) {
    std::string text = std::string(before, ' ') + token;
    std::vector<Match> found = found_in(text, Syntax::kTokens);
    ASSERT_EQ(found.size(), 1u) << before;
    EXPECT_EQ(found[0].begin, before);
    EXPECT_EQ(found[0].end, text.size());
  }
}

TEST(TokensTest, KindsHaveCategoriesAndPeers) {
  EXPECT_EQ(category_name(category_of("github-token")), "version-control");
  EXPECT_EQ(category_name(category_of("datadog-api-key")), "monitoring");
  EXPECT_EQ(category_name(category_of("something")), "generic");
  EXPECT_EQ(peer_name("private-key"), "private-key");
  EXPECT_EQ(peer_name("secret-value"), "generic-api-key");
}

TEST(SamplesTest, StandForTokensInExamples) {
  EXPECT_EQ(with_samples("a FAKE(npm-token) b"), "a " + *sample_of("npm-token") + " b");
  EXPECT_EQ(with_samples("FAKE64(npm-token)"), core::base64_encode(*sample_of("npm-token")));
  EXPECT_EQ(with_samples("FAKE(what) FAKED FAKE"), "FAKE(what) FAKED FAKE");
}

}  // namespace
}  // namespace assay::rules::secrets
