#include "analyzer/pipeline/fleet/work_list.h"

#include <gtest/gtest.h>

#include "analyzer/pipeline/fleet/code_owners.h"

namespace assay::pipeline {
namespace {

using Strings = std::vector<std::string>;

TEST(WorkList, ReadsPathsOnce) {
  EXPECT_EQ(read_work_list("# teams\n b/x \n\na\r\n./a\nb//x\n"), (Strings{"a", "b/x"}));
  EXPECT_TRUE(read_work_list("").empty());
}

TEST(WorkList, ShardsAreAllOfIt) {
  Strings all, put_together;
  for (int i = 0; i < 37; ++i) all.push_back("r" + std::to_string(100 + i));
  for (uint32_t i = 1; i <= 8; ++i) {
    Strings some = select_shard(all, {i, 8});
    EXPECT_GE(some.size(), 4u);
    EXPECT_LE(some.size(), 5u);
    put_together.insert(put_together.end(), some.begin(), some.end());
  }
  std::sort(put_together.begin(), put_together.end());
  EXPECT_EQ(put_together, all);
  EXPECT_EQ(select_shard({"a"}, {2, 2}), Strings{});
}

TEST(WorkList, ParsesShards) {
  auto shard = parse_shard("3/8");
  ASSERT_TRUE(shard);
  EXPECT_EQ(shard->number, 3u);
  EXPECT_EQ(shard->count, 8u);
  EXPECT_TRUE(parse_shard("100000/100000"));
  EXPECT_EQ(parse_shard("0+1/8").value().number, 1u);
  EXPECT_EQ(parse_shard("7+1/8").value().number, 8u);
  EXPECT_FALSE(parse_shard("8+1/8"));
  EXPECT_FALSE(parse_shard("+1/8"));
  for (const char* wrong : {"", "3", "3/", "/8", "0/8", "9/8", "1/0", "-1/8", "1/8x", "1/100001", "99999999999/1"}) {
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
  }
}

TEST(CodeOwners, TheLastPatternCounts) {
  CodeOwners owners("# who\n*  @all\n/infra/ @platform @sre # both\n*.tf @terraform\ndocs/* @writers\nsecret\\ dir/ @safe\n/infra/old.tf\n");
  EXPECT_EQ(owners.owners("README.md"), Strings{"@all"});
  EXPECT_EQ(owners.owners("infra/a/b.yaml"), (Strings{"@platform", "@sre"}));
  EXPECT_EQ(owners.owners("infra/main.tf"), Strings{"@terraform"});
  EXPECT_EQ(owners.owners("infra/old.tf"), Strings{});
  EXPECT_EQ(owners.owners("docs/a.md"), Strings{"@writers"});
  EXPECT_EQ(owners.owners("docs/deep/a.md"), Strings{"@all"});
  EXPECT_EQ(owners.owners("secret dir/x"), Strings{"@safe"});
}

TEST(CodeOwners, SectionsOfGitLabCountEachForItself) {
  CodeOwners owners("* @all\n[Database][2] @dba\n*.sql\n/db/ @db-team\n^[Docs] @writers\n*.md\n");
  EXPECT_EQ(owners.owners("a.sql"), (Strings{"@all", "@dba"}));
  EXPECT_EQ(owners.owners("db/a.sql"), (Strings{"@all", "@db-team"}));
  EXPECT_EQ(owners.owners("db/a.md"), (Strings{"@all", "@db-team", "@writers"}));
}

TEST(CodeOwners, IsReadFromItsPlaces) {
  core::MemoryFileSystem files{{"/r/.github/CODEOWNERS", "* @a"}, {"/r/CODEOWNERS", "* @b"}, {"/s/docs/CODEOWNERS", "* @c"}};
  EXPECT_EQ(CodeOwners::of_repository(files, "/r").owners("x"), Strings{"@a"});
  EXPECT_EQ(CodeOwners::of_repository(files, "/s").owners("x"), Strings{"@c"});
  EXPECT_TRUE(CodeOwners::of_repository(files, "/t").empty());
}

}  // namespace
}  // namespace assay::pipeline
