#include "parsers/core/walker.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/parsers/core/temp_dir.h"

namespace assay::core {
namespace {

std::string joined(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : " ") + item;
  return out;
}

std::string skipped(const WalkResult& result) {
  std::string out;
  for (const SkippedEntry& entry : result.skipped) {
    out += (out.empty() ? "" : " ") + entry.path + "=" + std::string(to_text(entry.reason));
  }
  return out;
}

TEST(WalkerTest, FindsFilesInByteOrder) {
  MemoryFileSystem files{{"r/b.tf", ""}, {"r/a/z.tf", ""}, {"r/a.tf", ""}, {"r/a/b/c.tf", ""}};
  WalkResult result = walk(files, "r");
  EXPECT_EQ(joined(result.files), "a.tf a/b/c.tf a/z.tf b.tf");
  EXPECT_EQ(result.directories, 3u);
  EXPECT_EQ(skipped(result), "");
  EXPECT_TRUE(result.problems.empty());
}

TEST(WalkerTest, ReadsNothingButIgnoreFiles) {
  MemoryFileSystem files{{"r/.git/HEAD", ""},
                         {"r/.gitignore", "out/"},
                         {"r/a.tf", ""},
                         {"r/out/x.tf", ""},
                         {"r/.terraform/m.tf", ""}};
  WalkResult result = walk(files, "/r");
  EXPECT_EQ(joined(result.files), ".gitignore a.tf");
  EXPECT_EQ(joined(files.files_read()), "/r/.git/info/exclude /r/.gitignore");
  EXPECT_EQ(joined(files.directories_listed()), "/r");
  EXPECT_EQ(skipped(result), ".git=skipped-directory .terraform=skipped-directory out=gitignored");
}

TEST(WalkerTest, IgnoreFilesNestAndNegate) {
  MemoryFileSystem files{{"r/.gitignore", "*.log\n/build\n"},
                         {"r/a/.gitignore", "!keep.log\nlocal\n"},
                         {"r/a/keep.log", ""},
                         {"r/a/x.log", ""},
                         {"r/a/local", ""},
                         {"r/build/x.tf", ""},
                         {"r/a/build/x.tf", ""},
                         {"r/local", ""}};
  EXPECT_EQ(joined(walk(files, "r").files),
            ".gitignore a/.gitignore a/build/x.tf a/keep.log local");
  WalkOptions options;
  options.gitignore = false;
  EXPECT_EQ(walk(files, "r", options).files.size(), 8u);
}

TEST(WalkerTest, ParentsUpToTheRepositoryApply) {
  MemoryFileSystem files{{"home/.gitignore", "*.tf"},
                         {"home/repo/.git/info/exclude", "/x/y/private.tf\n"},
                         {"home/repo/.gitignore", "/x/y/gen.tf\n*.bak"},
                         {"home/repo/x/.gitignore", "old.tf"},
                         {"home/repo/x/y/a.tf", ""},
                         {"home/repo/x/y/gen.tf", ""},
                         {"home/repo/x/y/old.tf", ""},
                         {"home/repo/x/y/private.tf", ""},
                         {"home/repo/x/y/z/gen.tf", ""},
                         {"home/repo/x/y/z/a.bak", ""}};
  EXPECT_EQ(joined(walk(files, "home/repo/x/y").files), "a.tf z/gen.tf");
}

TEST(WalkerTest, WorktreesNameTheirGitDirectory) {
  MemoryFileSystem files{{"main/.git/info/exclude", "secret.tf"},
                         {"main/.git/worktrees/w/commondir", "../..\n"},
                         {"w/.git", "gitdir: /main/.git/worktrees/w\n"},
                         {"w/secret.tf", ""},
                         {"w/a.tf", ""}};
  EXPECT_EQ(joined(walk(files, "w").files), ".git a.tf");
}

TEST(WalkerTest, LinksAreFollowedOnlyToFilesInside) {
  MemoryFileSystem files{{"out/x.tf", ""}, {"r/a/main.tf", ""}, {"r/shared.tf", ""}};
  files.add_symlink("r/a/shared.tf", "../shared.tf");
  files.add_symlink("r/a/outside.tf", "../../out/x.tf");
  files.add_symlink("r/a/self", "../a");
  files.add_symlink("r/a/gone.tf", "nowhere");
  WalkResult result = walk(files, "r");
  EXPECT_EQ(joined(result.files), "a/main.tf a/shared.tf shared.tf");
  EXPECT_EQ(
      skipped(result),
      "a/gone.tf=broken-symlink a/outside.tf=symlink-outside-root a/self=symlink-to-directory");
}

TEST(WalkerTest, SaysWhatItCouldNotRead) {
  MemoryFileSystem memory{
      {"r/a/x.tf", ""}, {"r/b/.gitignore", "x.tf"}, {"r/b/x.tf", ""}, {"r/c.tf", ""}};
  FaultyFileSystem files(memory);
  files.fail_at("r/a", "permission-denied");
  files.fail_at("r/b/.gitignore", "permission-denied");
  WalkResult result = walk(files, "r");
  EXPECT_EQ(joined(result.files), "b/.gitignore b/x.tf c.tf");
  ASSERT_EQ(result.problems.size(), 2u);
  EXPECT_EQ(result.problems[0].code, "unreadable-directory");
  EXPECT_EQ(result.problems[0].path, "a");
  EXPECT_EQ(result.problems[1].code, "unreadable-file");
  WalkResult none = walk(files, "nowhere");
  ASSERT_EQ(none.problems.size(), 1u);
  EXPECT_EQ(none.problems[0].code, "unreadable-directory");
}

TEST(WalkerTest, ExcludeAndWanted) {
  MemoryFileSystem files{{"r/.gitignore", "gen/"},
                         {"r/gen/a.tf", ""},
                         {"r/test/a.tf", ""},
                         {"r/a.tf", ""},
                         {"r/a.png", ""}};
  WalkOptions options;
  options.exclude = {"test/", "!gen/"};
  options.wanted = [](std::string_view name) { return name.ends_with(".tf"); };
  WalkResult result = walk(files, "r", options);
  EXPECT_EQ(joined(result.files), "a.tf gen/a.tf");
  EXPECT_EQ(result.unwanted, 2u);
  EXPECT_EQ(skipped(result), "test=excluded");
}

// Random trees and random patterns: git decides, the walker must agree.
class GitAgreement : public testing::Test {
 protected:
  using Random = std::mt19937_64;
  static std::string pick(Random& random, std::initializer_list<const char*> items) {
    return items.begin()[random() % items.size()];
  }
  static std::string name(Random& random) {
    return pick(random, {"a", "b", "ab", "abc", "foo", "foo.tf", "bar.tf", "x.tfstate", "a b", "c ",
                         "#x", "!y", "[z]", "a-b", "A", "b]", "é", ".h"});
  }
  static std::string segment(Random& random) {
    if (random() % 3 == 0) return pick(random, {"**", "*", "foo*", "*.tf"});
    std::string out;
    for (size_t i = 0, n = 1 + random() % 3; i < n; ++i) {
      out += pick(random,
                  {"a",    "b",    "c",     "foo",         ".tf",  "*",   "?",    "[ab]",
                   "[!a]", "[^b]", "[a-f]", "[[:alpha:]]", "[]b]", "[[]", "\\a",  "\\#",
                   "\\[",  "z",    "o",     " ",           "-",    "é",   "[a-]", "[[:punct:]x]"});
    }
    return out;
  }
  static std::string line(Random& random) {
    switch (random() % 12) {
      case 0:
        return "#" + name(random);
      case 1:
        return "";
      case 2:
        return name(random);
      case 3:
        return "!" + name(random);
      case 4:
        return "\\" + name(random);
      default:
        break;
    }
    std::string out = random() % 4 == 0 ? "!" : "";
    if (random() % 4 == 0) out += '/';
    for (size_t i = 0, n = 1 + random() % 3; i < n; ++i) {
      if (i > 0) out += '/';
      out += random() % 2 ? segment(random) : name(random);
    }
    if (random() % 4 == 0) out += '/';
    out += pick(random, {"", "", "", " ", "\\ ", "\r"});
    return out;
  }
  static std::string lines(Random& random) {
    std::string out;
    for (size_t i = 0, n = 1 + random() % 5; i < n; ++i) out += line(random) + "\n";
    if (random() % 8 == 0) out.pop_back();
    return out;
  }
  static void tree(Random& random, const TempDir& temp, const std::string& at, int depth,
                   std::vector<std::string>& all) {
    temp.directory(at);
    std::set<std::string> used;
    for (size_t i = 0, n = 1 + random() % 5; i < n; ++i) {
      std::string child = name(random);
      if (!used.insert(child).second) continue;
      child = join_path(at, child);
      if (depth > 0 && random() % 2) {
        tree(random, temp, child, depth - 1, all);
      } else {
        temp.file(child, "");
        all.push_back(child);
      }
    }
    if (random() % 3 == 0) {
      temp.file(at + "/.gitignore", lines(random));
      all.push_back(at + "/.gitignore");
    }
  }
};

TEST_F(GitAgreement, OnRandomTreesAndPatterns) {
  if (std::system("git --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no git";
  // The seed is in the failure message; the same one is used every time unless ASSAY_SEED is set.
  const char* wish = std::getenv("ASSAY_SEED");
  uint64_t seed = wish != nullptr ? std::strtoull(wish, nullptr, 10) : 20240611;
  Random random(seed);
  TempDir temp;
  std::string git =
      "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 XDG_CONFIG_HOME=/nonexistent "
      "git -C " +
      temp.path() + " ";
  ASSERT_EQ(std::system((git + "init -q 2>/dev/null").c_str()), 0);
  temp.file(".git/info/exclude", "*.tfstate\n!foo/x.tfstate\n");
  temp.file(".gitignore", "abc/\n/case1/a\n");
  std::vector<std::string> all{".gitignore"};
  constexpr int kCases = 400;
  for (int i = 0; i < kCases; ++i) {
    std::string at = "case" + std::to_string(i);
    temp.file(at + "/.gitignore", lines(random));
    all.push_back(at + "/.gitignore");
    std::vector<std::string> below;
    tree(random, temp, at + "/t", 3, below);
    all.insert(all.end(), below.begin(), below.end());
  }
  TempDir io;
  std::string input;
  for (const std::string& path : all) input += path + '\0';
  io.file("in", input);
  // 0: some are ignored; 1: none.
  ASSERT_EQ(
      std::system((git + "check-ignore --stdin -z <" + (io / "in") + " >" + (io / "out")).c_str()),
      0);
  std::string output = *RealFileSystem().read(io / "out");
  std::set<std::string> ignored;
  for (size_t at = 0; at < output.size();) {
    size_t end = output.find('\0', at);
    ignored.insert(output.substr(at, end - at));
    at = end + 1;
  }
  std::vector<std::string> expected;
  for (const std::string& path : all) {
    if (!ignored.count(path)) expected.push_back(path);
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::string> found = walk(RealFileSystem(), temp.path()).files;
  std::vector<std::string> different;
  std::set_symmetric_difference(expected.begin(), expected.end(), found.begin(), found.end(),
                                std::back_inserter(different));
  EXPECT_GT(ignored.size(), all.size() / 20);
  for (const std::string& path : different) {
    std::string at = path.substr(0, path.find('/'));
    ADD_FAILURE() << "seed " << seed << ": " << path << " is "
                  << (ignored.count(path) ? "ignored" : "not ignored") << " by git; " << at
                  << "/.gitignore:\n"
                  << RealFileSystem().read(temp / (at + "/.gitignore")).value_or("");
    if (&path - different.data() > 5) break;
  }
  // From inside, the parents' files must give the same answer.
  for (int i = 0; i < kCases; i += 7) {
    std::string root = "case" + std::to_string(i) + "/t";
    std::vector<std::string> inside;
    for (const std::string& path : found) {
      if (path.starts_with(root + "/")) inside.push_back(path.substr(root.size() + 1));
    }
    // An explicitly named root is walked even if a parent ignores it.
    if (inside.empty()) continue;
    EXPECT_EQ(walk(RealFileSystem(), temp / root).files, inside) << "seed " << seed << " " << root;
  }
}

}  // namespace
}  // namespace assay::core
