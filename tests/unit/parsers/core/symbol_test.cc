#include "parsers/core/symbol.h"

#include <gtest/gtest.h>

#include "parsers/core/parallel.h"

namespace assay::core {
namespace {

TEST(SymbolTest, EqualTextsAreOneSymbol) {
  EXPECT_EQ(Symbol("aws_s3_bucket"), Symbol(std::string("aws_s3_") + "bucket"));
  EXPECT_NE(Symbol("a"), Symbol("b"));
  EXPECT_EQ(Symbol("a").text(), "a");
  EXPECT_TRUE(Symbol().empty());
  EXPECT_TRUE(Symbol("").empty());
  EXPECT_EQ(Symbol().text(), "");
}

TEST(SymbolTest, KnownKeepsNothing) {
  EXPECT_TRUE(Symbol::known("named by nobody so far").empty());
  EXPECT_TRUE(Symbol::known("named by nobody so far").empty());
  Symbol named("named by somebody");
  EXPECT_EQ(Symbol::known("named by somebody"), named);
  EXPECT_TRUE(Symbol::known("").empty());
}

TEST(SymbolTest, SafeAcrossThreads) {
  constexpr size_t kNames = 2000;
  std::vector<std::vector<Symbol>> seen(8);
  parallel_for(8, 1, 8, [&](size_t begin, size_t, unsigned) {
    for (size_t i = 0; i < kNames; ++i) {
      seen[begin].push_back(Symbol("thread_name_" + std::to_string((i * (begin + 1)) % kNames)));
    }
  });
  for (size_t t = 0; t < seen.size(); ++t) {
    for (size_t i = 0; i < kNames; ++i) {
      std::string name = "thread_name_" + std::to_string((i * (t + 1)) % kNames);
      ASSERT_EQ(seen[t][i].text(), name);
      ASSERT_EQ(seen[t][i], Symbol(name));
    }
  }
}

}  // namespace
}  // namespace assay::core
