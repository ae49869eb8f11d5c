#include "analyzer/pipeline/git/process.h"

#include <gtest/gtest.h>

namespace assay::pipeline {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kLong{20000};

TEST(ProcessTest, GivesOutputAndStatus) {
  auto done = run_command({"sh", "-c", "echo out; echo err >&2; exit 3"}, kLong, 1000);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->out, "out\n");
  EXPECT_EQ(done->error, "err\n");
  EXPECT_EQ(done->status, 3);
}

TEST(ProcessTest, ArgumentsAreNotReadByAShell) {
  auto done = run_command({"printf", "%s", "$(echo no) * ; 'x\n"}, kLong, 1000);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->out, "$(echo no) * ; 'x\n");
}

TEST(ProcessTest, TheEnvironmentIsSafe) {
  auto done = run_command({"sh", "-c", "echo $GIT_TERMINAL_PROMPT $GIT_OPTIONAL_LOCKS $GIT_NO_LAZY_FETCH $LC_ALL"}, kLong, 1000);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->out, "0 0 1 C\n");
}

TEST(ProcessTest, StdinIsEmpty) {
  auto done = run_command({"cat"}, kLong, 1000);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->out, "");
}

TEST(ProcessTest, ReportsWhatGoesWrong) {
  EXPECT_EQ(run_command({"no-such-program-anywhere"}, kLong, 1000).error().code, "program-not-found");
  EXPECT_EQ(run_command({"sleep", "30"}, milliseconds(50), 1000).error().code, "timeout");
  EXPECT_EQ(run_command({"sh", "-c", "yes"}, kLong, 100000).error().code, "output-too-large");
  auto killed = run_command({"sh", "-c", "kill -9 $$"}, kLong, 1000);
  ASSERT_TRUE(killed.has_value());
  EXPECT_EQ(killed->status, 128 + 9);
}

TEST(ProcessTest, ManyWordsOfErrorDoNotBlock) {
  auto done = run_command({"sh", "-c", "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; echo done"}, kLong, 1000000);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->out, "done\n");
}

TEST(ChildTest, AnswersLinesAndBytes) {
  auto child = Child::start({"cat"});
  ASSERT_TRUE(child.has_value());
  std::string large(300000, 'x');
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE((*child)->write("head\nabc\n"));
    EXPECT_EQ((*child)->read_line(kLong).value(), "head");
    std::string bytes;
    ASSERT_TRUE((*child)->read_bytes(4, &bytes, kLong));
    EXPECT_EQ(bytes, "abc\n");
  }
  ASSERT_TRUE((*child)->write("passed over\nrest\n"));
  ASSERT_TRUE((*child)->read_bytes(12, nullptr, kLong));
  EXPECT_EQ((*child)->read_line(kLong).value(), "rest");
  EXPECT_EQ((*child)->read_line(milliseconds(20)).error().code, "timeout");
}

TEST(ChildTest, AnEarlyEndIsAnError) {
  auto child = Child::start({"sh", "-c", "echo one"});
  ASSERT_TRUE(child.has_value());
  EXPECT_EQ((*child)->read_line(kLong).value(), "one");
  EXPECT_EQ((*child)->read_line(kLong).error().code, "io-error");
  EXPECT_FALSE((*child)->read_bytes(1, nullptr, kLong));
  EXPECT_FALSE(Child::start({"no-such-program-anywhere"}).has_value());
}

}  // namespace
}  // namespace assay::pipeline
