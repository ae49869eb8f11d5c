#include "parsers/core/file_system.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/parsers/core/temp_dir.h"

namespace assay::core {
namespace {

std::string names(const std::vector<DirEntry>& entries) {
  std::string out;
  for (const DirEntry& entry : entries) {
    if (!out.empty()) out += ' ';
    out += entry.name;
    out += entry.kind == EntryKind::kDirectory ? "/"
           : entry.kind == EntryKind::kSymlink ? "@"
           : entry.kind == EntryKind::kOther   ? "?"
                                               : "";
  }
  return out;
}

// The same questions to the real file system and its twin.
class Twins : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      temp.file("b.tf", "bb");
      temp.file("a/c.tf", "");
      temp.directory("empty");
      ASSERT_EQ(::symlink("a/c.tf", (temp / "link").c_str()), 0);
      ASSERT_EQ(::symlink("nowhere", (temp / "broken").c_str()), 0);
      ASSERT_EQ(::symlink("loop", (temp / "loop").c_str()), 0);
      ASSERT_EQ(::symlink("../b.tf", (temp / "a/up").c_str()), 0);
      root = temp.path();
    } else {
      memory.add_file("/r/b.tf", "bb");
      memory.add_file("/r/a/c.tf", "");
      memory.add_directory("/r/empty");
      memory.add_symlink("/r/link", "a/c.tf");
      memory.add_symlink("/r/broken", "nowhere");
      memory.add_symlink("/r/loop", "loop");
      memory.add_symlink("/r/a/up", "../b.tf");
      root = "/r";
    }
  }
  const FileSystem& files() const {
    return GetParam() ? static_cast<const FileSystem&>(real) : memory;
  }
  TempDir temp;
  RealFileSystem real;
  MemoryFileSystem memory;
  std::string root;
};
INSTANTIATE_TEST_SUITE_P(RealAndMemory, Twins, testing::Bool());

TEST_P(Twins, Read) {
  EXPECT_EQ(files().read(root + "/b.tf").value(), "bb");
  EXPECT_EQ(files().read(root + "/a/c.tf").value(), "");
  EXPECT_EQ(files().read(root + "/a/up").value(), "bb");
  EXPECT_EQ(files().read(root + "/none").error().code, "not-found");
  EXPECT_EQ(files().read(root + "/broken").error().code, "not-found");
  EXPECT_EQ(files().read(root + "/a").error().code, "is-directory");
  EXPECT_EQ(files().read_up_to(root + "/b.tf", 1).error().code, "file-too-large");
  EXPECT_EQ(files().read_up_to(root + "/b.tf", 2).value(), "bb");
  EXPECT_FALSE(files().read(root + "/loop").has_value());
}

TEST_P(Twins, List) {
  EXPECT_EQ(names(files().list(root).value()), "a/ b.tf broken@ empty/ link@ loop@");
  EXPECT_EQ(names(files().list(root + "/a").value()), "c.tf up@");
  EXPECT_EQ(names(files().list(root + "/empty").value()), "");
  EXPECT_EQ(files().list(root + "/b.tf").error().code, "not-a-directory");
  EXPECT_EQ(files().list(root + "/none").error().code, "not-found");
}

TEST_P(Twins, Stat) {
  EXPECT_EQ(files().stat(root + "/b.tf")->size, 2u);
  EXPECT_EQ(files().stat(root + "/link")->kind, EntryKind::kFile);
  EXPECT_EQ(files().stat(root + "/a")->kind, EntryKind::kDirectory);
  EXPECT_FALSE(files().exists(root + "/broken"));
  EXPECT_TRUE(files().is_directory(root + "/empty"));
  EXPECT_FALSE(files().is_directory(root + "/b.tf"));
}

TEST_P(Twins, RealPath) {
  EXPECT_EQ(files().real_path(root + "/link").value(), root + "/a/c.tf");
  EXPECT_EQ(files().real_path(root + "/a/../a/up").value(), root + "/b.tf");
  EXPECT_EQ(files().real_path(root + "/none").error().code, "not-found");
}

TEST(MemoryFileSystemTest, RecordsWhatWasAsked) {
  MemoryFileSystem files{{"main.tf", "x"}, {"m/a.tf", "y"}};
  EXPECT_EQ(files.read("main.tf").value(), "x");
  EXPECT_EQ(files.read("./m/../m/a.tf").value(), "y");
  EXPECT_FALSE(files.read("none").has_value());
  EXPECT_EQ(names(files.list(".").value()), "m/ main.tf");
  EXPECT_EQ(files.files_read(), (std::vector<std::string>{"main.tf", "./m/../m/a.tf", "none"}));
  EXPECT_EQ(files.directories_listed(), std::vector<std::string>{"."});
  files.forget_records();
  EXPECT_TRUE(files.files_read().empty());
  files.remove("main.tf");
  EXPECT_FALSE(files.exists("main.tf"));
}

TEST(FaultyFileSystemTest, FailsWhereTold) {
  MemoryFileSystem memory{{"a", "1"}, {"b", "2"}};
  FaultyFileSystem files(memory);
  files.fail_at("a", "permission-denied");
  EXPECT_EQ(files.read("a").error().code, "permission-denied");
  EXPECT_EQ(files.read("b").value(), "2");
  files.fail_after(2);
  EXPECT_TRUE(files.exists("b"));
  EXPECT_TRUE(files.list(".").has_value());
  EXPECT_EQ(files.read("b").error().code, "io-error");
  EXPECT_EQ(files.real_path("b").error().code, "io-error");
}

TEST(RealFileSystemTest, PipesAreNotWaitedFor) {
  TempDir temp;
  ASSERT_EQ(::mkfifo((temp / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(RealFileSystem().read(temp / "pipe").error().code, "not-a-file");
  EXPECT_EQ(names(RealFileSystem().list(temp.path()).value()), "pipe?");
}

TEST(RealFileSystemTest, FilesThatLieAboutTheirSizeAreReadWhole) {
  auto text = RealFileSystem().read("/proc/self/status");
  if (!text) GTEST_SKIP() << "no /proc";
  EXPECT_NE(text->find("Pid:"), std::string::npos);
}

TEST(RealFileSystemTest, UnreadableFilesSaySo) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  TempDir temp;
  temp.file("secret", "x");
  ::chmod((temp / "secret").c_str(), 0);
  EXPECT_EQ(RealFileSystem().read(temp / "secret").error().code, "permission-denied");
}

TEST(WriteFileAtomicallyTest, ReplacesAndKeepsModeAndLink) {
  TempDir temp;
  RealFileSystem files;
  std::string path = temp / "out.json";
  ASSERT_TRUE(write_file_atomically(path, "one").has_value());
  ::chmod(path.c_str(), 0640);
  ASSERT_EQ(::symlink("out.json", (temp / "link").c_str()), 0);
  ASSERT_TRUE(write_file_atomically(temp / "link", "two").has_value());
  EXPECT_EQ(files.read(path).value(), "two");
  struct stat status;
  ASSERT_EQ(::lstat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(names(files.list(temp.path()).value()), "link@ out.json");
  EXPECT_EQ(write_file_atomically(temp / "none/x", "").error().code, "not-found");
  EXPECT_EQ(write_file_atomically(temp.path(), "").error().code, "is-directory");
  EXPECT_TRUE(write_file_atomically("/dev/null", "gone").has_value());
}

TEST(CheckWritable, AReadOnlyFileIsSoForEverybody) {
  TempDir temp;
  std::string path = temp / "file";
  ASSERT_TRUE(write_file_atomically(path, "x"));
  EXPECT_TRUE(check_writable(path));
  ASSERT_EQ(::chmod(path.c_str(), 0444), 0);
  ASSERT_FALSE(check_writable(path));
  EXPECT_EQ(check_writable(path).error().code, "permission-denied");
  EXPECT_EQ(check_writable(temp / "none").error().code, "not-found");
  EXPECT_EQ(check_writable(temp.path()).error().code, "is-directory");
}

}  // namespace
}  // namespace assay::core
