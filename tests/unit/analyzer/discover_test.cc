#include "analyzer/pipeline/discover.h"

#include <gtest/gtest.h>

namespace assay::pipeline {
namespace {

using Texts = std::vector<std::string>;

const core::MemoryFileSystem& tree() {
  static core::MemoryFileSystem files{
      {"/r/.gitignore", "out/\n*.log\n"}, {"/r/a/main.tf", ""},     {"/r/a/vars.tf", ""}, {"/r/a/x.tfvars", ""},
      {"/r/a/pod.yaml", ""},              {"/r/a/sub/deep.tf", ""}, {"/r/b/svc.yaml", ""}, {"/r/b/dep.yaml", ""},
      {"/r/out/gen.tf", ""},              {"/r/b/build.log", ""},   {"/r/.git/HEAD", ""},  {"/s/c/other.tf", ""}};
  return files;
}

TEST(Discover, ADirectoryIsSearched) {
  Discovery out = discover(tree(), {"."}, "/r");
  EXPECT_EQ(out.base, "/r");
  for (const char* wanted : {"a/main.tf", "a/sub/deep.tf", "b/svc.yaml"}) {
    EXPECT_TRUE(std::binary_search(out.files.begin(), out.files.end(), wanted)) << wanted;
  }
  for (const char* unwanted : {"out/gen.tf", "b/build.log", ".git/HEAD"}) {
    EXPECT_FALSE(std::binary_search(out.files.begin(), out.files.end(), unwanted)) << unwanted;
  }
  EXPECT_TRUE(out.focus.empty());
  EXPECT_TRUE(out.problems.empty());
  bool told = false;
  for (const auto& row : out.skipped) told |= row.path == "out" && row.state == "skipped";
  EXPECT_TRUE(told);
  EXPECT_EQ(discover(tree(), {}, "/r").files, out.files);
  EXPECT_EQ(discover(tree(), {"/r"}, "/r").files, out.files);
  EXPECT_EQ(discover(tree(), {"./a/../"}, "/r").files, out.files);
}

// The same without a repository around it.
const core::MemoryFileSystem& loose() {
  static core::MemoryFileSystem files{{"/l/a/main.tf", ""},     {"/l/a/vars.tf", ""}, {"/l/a/x.tfvars", ""},
                                      {"/l/a/pod.yaml", ""},    {"/l/b/svc.yaml", ""}, {"/l/b/dep.yaml", ""},
                                      {"/p/assay.yaml", ""},    {"/p/q/a.tf", ""},     {"/p/z.yaml", ""}};
  return files;
}

TEST(Discover, AFileIsAFocusInItsRepository) {
  Discovery all = discover(tree(), {"."}, "/r");
  Discovery out = discover(tree(), {"a/main.tf"}, "/r");
  EXPECT_TRUE(out.around);
  EXPECT_EQ(out.focus, Texts{"a/main.tf"});
  EXPECT_EQ(out.named, Texts{"a/main.tf"});
  EXPECT_EQ(out.files, all.files);
  EXPECT_TRUE(out.skipped.empty());
  // From below, files are called as seen from there, and judged as from above.
  out = discover(tree(), {"main.tf", "./main.tf", "/r/a/main.tf"}, "/r/a");
  EXPECT_EQ(out.base, "/r");
  EXPECT_EQ(out.shown_base, "/r/a");
  EXPECT_EQ(out.focus, Texts{"a/main.tf"});
  EXPECT_EQ(out.files, all.files);
}

TEST(Discover, TheConfigurationMarksAContextToo) {
  Discovery out = discover(loose(), {"q/a.tf"}, "/p");
  EXPECT_TRUE(out.around);
  EXPECT_EQ(out.base, "/p");
  EXPECT_EQ(out.files, (Texts{"assay.yaml", "q/a.tf", "z.yaml"}));
  out = discover(loose(), {"a/main.tf"}, "/l", "/l");
  EXPECT_TRUE(out.around);
  EXPECT_EQ(out.files.size(), 6u);
}

TEST(Discover, WithoutEitherAFileBringsItsModule) {
  Discovery out = discover(loose(), {"a/main.tf"}, "/l");
  EXPECT_FALSE(out.around);
  EXPECT_EQ(out.focus, Texts{"a/main.tf"});
  EXPECT_EQ(out.files, (Texts{"a/main.tf", "a/vars.tf", "a/x.tfvars"}));
  out = discover(loose(), {"b/svc.yaml"}, "/l");
  EXPECT_EQ(out.focus, Texts{"b/svc.yaml"});
  EXPECT_EQ(out.files, Texts{"b/svc.yaml"});
}

TEST(Discover, FilesAndDirectoriesTogether) {
  Discovery out = discover(loose(), {"a/main.tf", "b"}, "/l");
  EXPECT_EQ(out.focus, (Texts{"a/main.tf", "b/dep.yaml", "b/svc.yaml"}));
  EXPECT_EQ(out.files, (Texts{"a/main.tf", "a/vars.tf", "a/x.tfvars", "b/dep.yaml", "b/svc.yaml"}));
  EXPECT_EQ(discover(loose(), {"b", "b", "b/svc.yaml"}, "/l").files, (Texts{"b/dep.yaml", "b/svc.yaml"}));
  EXPECT_EQ(discover(tree(), {"a/main.tf", "b"}, "/r").focus, (Texts{"a/main.tf", "b/dep.yaml", "b/svc.yaml"}));
}

TEST(Discover, AnIgnoredFileThatIsNamedIsRead) {
  Discovery out = discover(tree(), {"out/gen.tf"}, "/r");
  EXPECT_EQ(out.focus, Texts{"out/gen.tf"});
  EXPECT_TRUE(std::binary_search(out.files.begin(), out.files.end(), "out/gen.tf"));
}

TEST(Discover, PathsElsewhereAreSeenFromTheirOwnDirectory) {
  Discovery out = discover(tree(), {"/s/c"}, "/r");
  EXPECT_EQ(out.base, "/s/c");
  EXPECT_EQ(out.files, Texts{"other.tf"});
  out = discover(tree(), {"../s/c/other.tf"}, "/r");
  EXPECT_EQ(out.base, "/s/c");
  EXPECT_EQ(out.focus, Texts{"other.tf"});
  out = discover(tree(), {"b", "/s/c"}, "/r");
  EXPECT_EQ(out.base, "/");
  EXPECT_EQ(out.files, (Texts{"r/b/dep.yaml", "r/b/svc.yaml", "s/c/other.tf"}));
}

TEST(Discover, TheStartHoldsAllPaths) {
  EXPECT_EQ(start_of(loose(), {}, "/l"), "/l");
  EXPECT_EQ(start_of(loose(), {"a/main.tf"}, "/l"), "/l/a/main.tf");
  EXPECT_EQ(start_of(loose(), {"a/main.tf", "./a/vars.tf"}, "/l"), "/l/a");
  EXPECT_EQ(start_of(loose(), {"a/main.tf", "b"}, "/l"), "/l");
  EXPECT_EQ(start_of(loose(), {"b", "/l/a/main.tf"}, "/l"), "/l");
}

TEST(Discover, MissingPaths) {
  Discovery out = discover(tree(), {"b", "nothing"}, "/r");
  EXPECT_TRUE(out.path_missing);
  ASSERT_EQ(out.problems.size(), 1u);
  EXPECT_EQ(out.problems[0].code, "path-not-found");
  EXPECT_EQ(out.problems[0].path, "nothing");
}

TEST(Discover, UnreadableDirectoriesAreProblems) {
  core::FaultyFileSystem faulty(tree());
  faulty.fail_at("/r/a/sub", "permission-denied");
  Discovery out = discover(faulty, {"."}, "/r");
  EXPECT_FALSE(out.path_missing);
  ASSERT_EQ(out.problems.size(), 1u);
  EXPECT_EQ(out.problems[0].path, "a/sub");
  EXPECT_TRUE(std::binary_search(out.files.begin(), out.files.end(), "b/svc.yaml"));
}

TEST(Discover, KindsByName) {
  EXPECT_EQ(kind_of("a.tf"), FileKind::kHcl);
  EXPECT_EQ(kind_of("a.tofu"), FileKind::kHcl);
  EXPECT_EQ(kind_of("a.tf.json"), FileKind::kJson);
  EXPECT_EQ(kind_of("a.auto.tfvars"), FileKind::kHcl);
  EXPECT_EQ(kind_of("x/a.yml"), FileKind::kYaml);
  EXPECT_EQ(kind_of("a.template"), FileKind::kYamlOrJson);
  EXPECT_EQ(kind_of("a.md"), FileKind::kOther);
  EXPECT_EQ(kind_of("tf"), FileKind::kOther);
}

TEST(Discover, RepositoryRoot) {
  EXPECT_EQ(repository_root(tree(), "/r/a/sub"), "/r");
  EXPECT_EQ(repository_root(tree(), "/s/c"), "");
}

}  // namespace
}  // namespace assay::pipeline
