#include "analyzer/pipeline/cache/recorder.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace assay::pipeline::cache {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// Files with inodes and times, which MemoryFileSystem has none of.
class Disk : public core::MemoryFileSystem {
 public:
  using MemoryFileSystem::MemoryFileSystem;
  core::Result<core::FileInfo> stat(const std::string& path) const override {
    auto info = MemoryFileSystem::stat(path);
    if (!info) return info;
    info->inode = inode;
    info->modified_ns = info->changed_ns = time;
    return info;
  }
  uint64_t inode = 1;
  int64_t time = 0;
};

struct Recorded {
  explicit Recorded(const core::FileSystem& disk) : files(disk) {}
  std::vector<Change> again(const core::FileSystem& disk, bool& renewed, const Accepts& accepts = {}) {
    std::vector<Change> out;
    answers = files.answers();
    for (Answers& one : answers) out.push_back(compare(disk, clock_ns(), accepts, one, renewed));
    return out;
  }
  RecordingFileSystem files;
  std::vector<Answers> answers;
};

TEST(Recorder, UnchangedStampsAreNotReadAgain) {
  Disk disk{{"/r/a", "one"}, {"/r/b", "two"}};
  Recorded run(disk);
  EXPECT_EQ(*run.files.read("/r/a"), "one");
  EXPECT_EQ(run.files.list("/r")->size(), 2u);
  disk.forget_records();
  bool renewed = false;
  EXPECT_EQ(run.again(disk, renewed), (std::vector{Change::kNone, Change::kNone}));
  EXPECT_TRUE(disk.files_read().empty());
  EXPECT_TRUE(disk.directories_listed().empty());
  EXPECT_FALSE(renewed);
}

TEST(Recorder, TimesThatAreTooCloseSayNothing) {
  Disk disk{{"/r/a", "one"}};
  disk.time = clock_ns() - kSecond / 2;
  Recorded run(disk);
  (void)run.files.read("/r/a");
  disk.add_file("/r/a", "two");  // the same size, time and inode
  bool renewed = false;
  EXPECT_EQ(run.again(disk, renewed), std::vector{Change::kContent});
  disk.add_file("/r/a", "one");
  EXPECT_EQ(run.again(disk, renewed), std::vector{Change::kNone});
}

TEST(Recorder, TouchedFilesAreReadAndRenewed) {
  Disk disk{{"/r/a", "one"}};
  Recorded run(disk);
  (void)run.files.read("/r/a");
  disk.inode = 7;
  bool renewed = false;
  EXPECT_EQ(run.again(disk, renewed), std::vector{Change::kNone});
  EXPECT_TRUE(renewed);
  EXPECT_EQ(run.answers[0].stamp.inode, 7u);
  disk.add_file("/r/a", "two");
  disk.inode = 8;
  EXPECT_EQ(run.again(disk, renewed), std::vector{Change::kContent});
}

TEST(Recorder, AbsenceFailuresAndListingsAreAnswers) {
  Disk disk{{"/r/a", "one"}};
  Recorded run(disk);
  EXPECT_FALSE(run.files.exists("/r/none"));
  EXPECT_FALSE(run.files.read("/r/nothing"));
  EXPECT_FALSE(run.files.list("/r/nowhere"));
  EXPECT_TRUE(run.files.list("/r"));
  EXPECT_FALSE(run.files.real_path("/r/unreal"));
  bool renewed = false;
  EXPECT_EQ(run.again(disk, renewed), std::vector<Change>(5, Change::kNone));
  for (const char* path : {"/r/none", "/r/nothing", "/r/nowhere/x", "/r/unreal"}) {
    Disk other{{"/r/a", "one"}};
    other.add_file(path, "");
    other.inode = 2;  // of the directory
    std::vector<Change> changes = run.again(other, renewed);
    EXPECT_NE(std::count(changes.begin(), changes.end(), Change::kOther), 0) << path;
  }
}

TEST(Recorder, AFileInPlaceOfADirectory) {
  Disk disk{{"/r/a/b", "one"}};
  Recorded run(disk);
  EXPECT_TRUE(run.files.is_directory("/r/a"));
  Disk other{{"/r/a", "one"}};
  other.inode = 2;
  bool renewed = false;
  EXPECT_EQ(run.again(other, renewed), std::vector{Change::kOther});
}

TEST(Recorder, TwoAnswersToOneQuestion) {
  Disk disk{{"/r/a", "one"}};
  Recorded run(disk);
  (void)run.files.read("/r/a");
  (void)run.files.read_up_to("/r/a", 100);
  EXPECT_FALSE(run.files.torn());
  disk.add_file("/r/a", "two");
  (void)run.files.read("/r/a");
  EXPECT_TRUE(run.files.torn());
}

TEST(Recorder, AChangeThatDoesNotMatter) {
  Disk disk{{"/r/a", "one"}};
  Recorded run(disk);
  (void)run.files.read("/r/a");
  disk.add_file("/r/a", "one more");
  disk.inode = 2;
  bool renewed = false;
  auto accepts = [](const Answers& answers, std::string_view text) { return answers.reads == 1 && text == "one more"; };
  EXPECT_EQ(run.again(disk, renewed), std::vector{Change::kContent});
  EXPECT_EQ(run.again(disk, renewed, accepts), std::vector{Change::kNone});
  EXPECT_TRUE(renewed);
  ByteWriter out;
  fields(out, run.answers[0]);
  Answers back;
  ByteReader in(out.bytes());
  fields(in, back);
  EXPECT_TRUE(in.at_end());
  EXPECT_EQ(back.content, run.answers[0].content);
  EXPECT_EQ(compare(disk, clock_ns(), {}, back, renewed), Change::kNone);
}

TEST(Bytes, WhatIsCutOffFails) {
  ByteWriter out;
  std::vector<std::string> texts = {"a", "bc"};
  fields(out, texts);
  for (size_t size = 0; size < out.bytes().size(); ++size) {
    ByteReader in(std::string_view(out.bytes()).substr(0, size));
    std::vector<std::string> back;
    fields(in, back);
    EXPECT_TRUE(in.failed()) << size;
  }
}

}  // namespace
}  // namespace assay::pipeline::cache
