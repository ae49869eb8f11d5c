#include "analyzer/pipeline/git/tree_file_system.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include "parsers/core/walker.h"

namespace assay::pipeline {
namespace {

// A scratch repository, removed at the end.
class TreeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = testing::TempDir() + "assay-tree-XXXXXX";
    ASSERT_NE(mkdtemp(root_.data()), nullptr);
    if (!run_command({"git", "--version"}, std::chrono::seconds(20), 1000)) GTEST_SKIP() << "skipped: git is not installed";
    shell("git init -q -b main . && git config user.name n && git config user.email n@example.com");
  }
  void TearDown() override {
    if (!root_.empty()) (void)run_command({"rm", "-rf", root_}, std::chrono::seconds(20), 1000);
  }
  void shell(const std::string& text) {
    auto done = run_command({"sh", "-c", "cd " + root_ + " && " + text}, std::chrono::seconds(60), 1 << 20);
    ASSERT_TRUE(done.has_value());
    ASSERT_EQ(done->status, 0) << done->error;
  }
  std::unique_ptr<TreeFileSystem> tree(const std::string& ref = "HEAD") {
    auto repository = Repository::open(root_);
    EXPECT_TRUE(repository.has_value());
    auto object = repository->resolve(ref);
    EXPECT_TRUE(object.has_value());
    auto listing = repository->list_tree(*object);
    EXPECT_TRUE(listing.has_value());
    return std::make_unique<TreeFileSystem>(disk_, *repository, std::move(*listing), root_);
  }
  std::string names(const core::FileSystem& files, const std::string& directory) {
    auto entries = files.list(directory);
    if (!entries) return entries.error().code;
    std::string out;
    for (const core::DirEntry& entry : *entries) out += entry.name + " ";
    return out;
  }
  core::RealFileSystem disk_;
  std::string root_;
};

TEST_F(TreeTest, ShowsTheTreeAndNotTheWorkTree) {
  shell("mkdir -p a/b && echo one > a/b/x.tf && echo two > y.tf && git add . && git commit -qm x");
  shell("echo changed > y.tf && echo new > z.tf && rm -r a");
  auto files = tree();
  EXPECT_EQ(names(*files, root_), "a y.tf ");
  EXPECT_EQ(names(*files, root_ + "/a/b"), "x.tf ");
  EXPECT_EQ(files->read(root_ + "/a/b/x.tf").value(), "one\n");
  EXPECT_EQ(files->read(root_ + "/./a/../y.tf").value(), "two\n");
  EXPECT_EQ(files->read(root_ + "/z.tf").error().code, "not-found");
  EXPECT_EQ(files->read(root_ + "/a").error().code, "is-directory");
  EXPECT_EQ(names(*files, root_ + "/y.tf"), "not-a-directory");
  EXPECT_EQ(files->read(root_ + "/y.tf/q").error().code, "not-found");
  EXPECT_TRUE(files->is_directory(root_ + "/a/b"));
  EXPECT_TRUE(files->exists(root_ + "/.git"));
  EXPECT_EQ(files->read_up_to(root_ + "/y.tf", 2).error().code, "file-too-large");
  EXPECT_EQ(files->read(root_ + "/y.tf").value(), "two\n");  // and the next answer is the right one
}

TEST_F(TreeTest, UnchangedFilesComeFromTheDisk) {
  shell("echo one > x.tf && git add . && git commit -qm x");
  auto files = tree();
  ASSERT_NE(files->find("x.tf"), nullptr);
  EXPECT_TRUE(files->find("x.tf")->as_on_disk);
  shell("echo two > x.tf");
  EXPECT_FALSE(tree()->find("x.tf")->as_on_disk);
}

TEST_F(TreeTest, FollowsLinksInTheTree) {
  shell("mkdir d && echo one > d/x && ln -s d e && ln -s e/x f && ln -s /etc out && ln -s nowhere g && ln -s h h && git add . && git commit -qm x && rm -r d e f");
  auto files = tree();
  EXPECT_EQ(files->read(root_ + "/e/x").value(), "one\n");
  EXPECT_EQ(files->read(root_ + "/f").value(), "one\n");
  EXPECT_EQ(files->real_path(root_ + "/f").value(), root_ + "/d/x");
  EXPECT_EQ(files->real_path(root_ + "/out").value(), "/etc");
  EXPECT_FALSE(files->exists(root_ + "/g"));
  EXPECT_FALSE(files->exists(root_ + "/h"));
  core::WalkResult walked = core::walk(*files, root_);
  EXPECT_EQ(walked.files, (std::vector<std::string>{"d/x", "f"}));
}

TEST_F(TreeTest, MakesDirectoriesThatTheTreeLacks) {
  shell("echo one > x && git add . && git commit -qm x");
  auto files = tree();
  files->add_directory(root_ + "/p/q/r");
  files->add_directory(root_ + "/p/q/r");
  EXPECT_EQ(names(*files, root_), "p x ");
  EXPECT_EQ(names(*files, root_ + "/p"), "q ");
  EXPECT_EQ(names(*files, root_ + "/p/q/r"), "");
  files->add_directory(root_ + "/x/below");  // a file stays a file
  EXPECT_FALSE(files->is_directory(root_ + "/x/below"));
}

TEST_F(TreeTest, TheIndexWithItsStages) {
  shell("echo one > x && git add x && echo two > x && echo n > n && git add -N n");
  auto repository = Repository::open(root_);
  ASSERT_TRUE(repository.has_value());
  auto listing = repository->list_index();
  ASSERT_TRUE(listing.has_value());
  TreeFileSystem files(disk_, *repository, std::move(*listing), root_);
  EXPECT_EQ(files.read(root_ + "/x").value(), "one\n");
  EXPECT_EQ(files.read(root_ + "/n").value(), "");
  EXPECT_EQ(repository->staged_files().value(), std::vector<std::string>{"x"});
}

TEST_F(TreeTest, RefsThatAreNone) {
  auto repository = Repository::open(root_);
  ASSERT_TRUE(repository.has_value());
  EXPECT_EQ(repository->resolve("HEAD").error().code, "missing-ref");
  EXPECT_EQ(repository->resolve("").error().code, "bad-ref");
  EXPECT_EQ(repository->resolve("--output=x").error().code, "bad-ref");
  shell("echo one > x && git add . && git commit -qm x && git tag release-1");
  EXPECT_NE(repository->resolve("release-2").error().message.find("release-1"), std::string::npos);
  EXPECT_EQ(repository->resolve("release-1").value().size(), 40u);
  EXPECT_EQ(Repository::open("/").error().code, "not-a-repository");
}

TEST_F(TreeTest, WithoutDirectories) {
  shell("mkdir -p a sub/x && echo one > a/y && echo two > sub/x/z");
  FileSystemWithout files(disk_, {root_ + "/sub"});
  EXPECT_EQ(files.read(root_ + "/a/y").value(), "one\n");
  EXPECT_EQ(files.read(root_ + "/sub/x/z").error().code, "not-found");
  EXPECT_FALSE(files.is_directory(root_ + "/sub"));
  core::WalkResult walked = core::walk(files, root_);
  EXPECT_EQ(walked.files, std::vector<std::string>{"a/y"});
}

TEST(LfsPointerTest, IsToldFromText) {
  EXPECT_TRUE(is_lfs_pointer("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"));
  EXPECT_FALSE(is_lfs_pointer("# version https://git-lfs.github.com/spec/v1\noid sha256:00\n"));
  EXPECT_FALSE(is_lfs_pointer("version https://git-lfs.github.com/spec/v1\n"));
  EXPECT_FALSE(is_lfs_pointer(""));
}

}  // namespace
}  // namespace assay::pipeline
