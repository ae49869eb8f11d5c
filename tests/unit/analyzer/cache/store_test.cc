#include "analyzer/pipeline/cache/store.h"

#include <gtest/gtest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "parsers/core/file_system.h"

namespace assay::pipeline::cache {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "assay-store-XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
  }
  void TearDown() override {
    std::string command = "rm -rf " + directory_;
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  size_t count() const {
    auto listed = core::RealFileSystem().list(directory_ + "/a/b");
    return listed ? listed->size() : 0;
  }
  std::string directory_;
};

TEST_F(StoreTest, KeepsAndFinds) {
  Store store(directory_ + "/a/b");
  EXPECT_EQ(store.read("k").error().code, "not-found");
  ASSERT_TRUE(store.write("k", "a record"));
  EXPECT_EQ(*store.read("k"), "a record");
  ASSERT_TRUE(store.write("k", ""));
  EXPECT_EQ(*store.read("k"), "");
  EXPECT_EQ(count(), 1u);
}

TEST_F(StoreTest, DamageIsSeen) {
  Store store(directory_ + "/a/b");
  ASSERT_TRUE(store.write("k", "a record"));
  std::string path = directory_ + "/a/b/k.record";
  std::string good = *core::RealFileSystem().read(path);
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    std::ofstream(path, std::ios::binary) << bad;
    EXPECT_EQ(store.read("k").error().code, "damaged") << at;
    std::ofstream(path, std::ios::binary) << good.substr(0, at);
    EXPECT_EQ(store.read("k").error().code, "damaged") << at;
  }
}

TEST_F(StoreTest, WhatOthersMayHaveWrittenIsNotRead) {
  Store store(directory_ + "/a/b");
  ASSERT_TRUE(store.write("k", "a record"));
  ASSERT_EQ(chmod((directory_ + "/a/b/k.record").c_str(), 0666), 0);
  EXPECT_EQ(store.read("k").error().code, "foreign");
  ASSERT_EQ(chmod((directory_ + "/a/b/k.record").c_str(), 0600), 0);
  ASSERT_EQ(chmod((directory_ + "/a/b").c_str(), 0777), 0);
  EXPECT_EQ(store.read("k").error().code, "foreign");
  EXPECT_FALSE(store.write("k", "another"));
}

TEST_F(StoreTest, TheOldestGo) {
  Store store(directory_ + "/a/b", 300);
  for (int i = 0; i < 5; ++i) {
    std::string key = "k" + std::to_string(i);
    ASSERT_TRUE(store.write(key, std::string(76, 'x')));  // 100 bytes with what is around it
    timespec times[2] = {{time(nullptr) - 100 + i, 0}, {time(nullptr) - 100 + i, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, (directory_ + "/a/b/" + key + ".record").c_str(), times, 0), 0);
  }
  store.trim();
  EXPECT_EQ(count(), 3u);
  EXPECT_FALSE(store.read("k1"));
  EXPECT_TRUE(store.read("k2"));
  timespec old[2] = {{time(nullptr) - 40 * 24 * 3600, 0}, {time(nullptr) - 40 * 24 * 3600, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, (directory_ + "/a/b/k3.record").c_str(), old, 0), 0);
  store.trim();
  EXPECT_EQ(count(), 2u);
}

}  // namespace
}  // namespace assay::pipeline::cache
