#include "rules/identity/catalogue.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "rules/identity/glob.h"

namespace assay::rules::identity {
namespace {

TEST(Catalogue, KnowsActionsInAnyCase) {
  ServiceFacts s3 = find_service("S3");
  ASSERT_TRUE(s3);
  auto get = s3.action("getobject");
  ASSERT_TRUE(get);
  EXPECT_EQ(get->level, Level::kRead);
  EXPECT_EQ(s3.action("PutBucketPolicy")->level, Level::kPermissions);
  EXPECT_EQ(s3.action("ListAllMyBuckets")->types, 0u);
  EXPECT_FALSE(s3.action("GetObjects"));
  EXPECT_FALSE(find_service("s4"));
  EXPECT_EQ(get->flags & kRetired, 0);
}

TEST(Catalogue, KnowsResourceTypesAndKeys) {
  ServiceFacts iam = find_service("iam");
  auto pass = iam.action("PassRole");
  ASSERT_TRUE(pass);
  auto types = iam.types_of(*pass);
  ASSERT_EQ(types.size(), 1u);
  EXPECT_TRUE(types[0].required);
  EXPECT_EQ(iam.type_name(types[0].type), "role");
  EXPECT_EQ(iam.arn(types[0].type), std::string("arn:${Partition}:iam::${Account}:role/") + kHole);
  auto keys = iam.keys_of(*pass);
  EXPECT_NE(std::find(keys.begin(), keys.end(), "iam:PassedToService"), keys.end());
}

TEST(Catalogue, PatternsAndNearMisses) {
  EXPECT_TRUE(find_service("dynamodb").has_match("batch*"));
  EXPECT_FALSE(find_service("dynamodb").has_match("Fetch*"));
  EXPECT_EQ(find_service("s3").similar_action("GetObjcet"), "GetObject");
  EXPECT_EQ(similar_service("lamda"), "lambda");
  EXPECT_EQ(similar_service("nosuchservice"), "");
}

TEST(Catalogue, HoldsWhatTheTableSays) {
  EXPECT_GT(service_count(), 400u);
  const char* shared = std::getenv("ASSAY_SHARED");
  std::ifstream file(std::string(shared ? shared : "../shared") + "/data/aws-iam-actions.tsv");
  if (!file) GTEST_SKIP() << "skipped: no table of actions";
  std::string line;
  std::getline(file, line);
  size_t rows = 0;
  while (std::getline(file, line)) {
    std::istringstream row(line);
    std::string service, action, level, types;
    std::getline(row, service, '\t');
    std::getline(row, action, '\t');
    std::getline(row, level, '\t');
    std::getline(row, types, '\t');
    auto facts = find_service(service).action(action);
    ASSERT_TRUE(facts) << service << ":" << action;
    ASSERT_EQ(level_name(facts->level), level) << service << ":" << action;
    ASSERT_EQ(facts->types != 0, !types.empty()) << service << ":" << action;
    ++rows;
  }
  EXPECT_GT(rows, 20000u);
  size_t walked = 0;
  for (uint32_t i = 0; i < service_count(); ++i) {
    ActionCursor cursor = service_at(i).actions();
    while (cursor.next()) ++walked;
  }
  EXPECT_GE(walked, rows);
}

TEST(Glob, Matches) {
  EXPECT_TRUE(glob_matches("s3:Get*", "S3:GETOBJECT", true));
  EXPECT_FALSE(glob_matches("s3:Get*", "S3:GETOBJECT", false));
  EXPECT_TRUE(glob_matches("a?c*", "abcd", false));
  EXPECT_FALSE(glob_matches("a?c", "ac", false));
  EXPECT_TRUE(glob_matches("*a*b*", "xxaxxbxx", false));
  EXPECT_FALSE(glob_matches("", "a", false));
}

TEST(Glob, Covers) {
  EXPECT_TRUE(glob_covers("arn:aws:s3:::*", "arn:aws:s3:::b/*", false));
  EXPECT_FALSE(glob_covers("arn:aws:s3:::b/*", "arn:aws:s3:::*", false));
  EXPECT_TRUE(glob_covers("role/*", "role/\x1e", false));
  EXPECT_FALSE(glob_covers("role/app-*", "role/\x1e", false));
  EXPECT_FALSE(glob_covers("a?c", "a*c", false));
}

TEST(Glob, Meet) {
  EXPECT_TRUE(globs_meet("a*c", "ab*", false));
  EXPECT_FALSE(globs_meet("a*c", "b*", false));
  EXPECT_TRUE(globs_meet("*", "", false));
  EXPECT_FALSE(globs_meet("a?", "a", false));
}

}  // namespace
}  // namespace assay::rules::identity
