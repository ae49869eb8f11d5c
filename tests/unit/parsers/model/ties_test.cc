#include "parsers/model/ties.h"

#include <gtest/gtest.h>

#include <thread>

namespace assay::model {
namespace {

TEST(Ties, WordsAndKindsTellThemApart) {
  EXPECT_EQ(make_tie(TieKind::kObject, "a", "b", "c"), make_tie(TieKind::kObject, "a", "b", "c"));
  EXPECT_NE(make_tie(TieKind::kObject, "a", "b", "c"), make_tie(TieKind::kLabel, "a", "b", "c"));
  EXPECT_NE(make_tie(TieKind::kObject, "ab", "c"), make_tie(TieKind::kObject, "a", "bc"));
}

TEST(Ties, WhatIsAskedGoesToTheInnermostScope) {
  Ties outer, inner;
  ask(TieKind::kFile, "nobody listens");
  {
    AskScope scope(&outer);
    ask(TieKind::kFile, "a");
    {
      AskScope within(&inner);
      ask(TieKind::kFile, "b");
      EXPECT_TRUE(asks_are_noted());
    }
    {
      AskScope deaf(nullptr);
      EXPECT_FALSE(asks_are_noted());
      ask(TieKind::kFile, "c");
    }
    std::thread([] { ask(TieKind::kFile, "another thread"); }).join();
  }
  EXPECT_FALSE(asks_are_noted());
  EXPECT_EQ(outer, Ties{make_tie(TieKind::kFile, "a")});
  EXPECT_EQ(inner, Ties{make_tie(TieKind::kFile, "b")});
}

TEST(Ties, EachOnce) {
  Ties ties = {3, 1, 3, 2, 1};
  sort_ties(ties);
  EXPECT_EQ(ties, (Ties{1, 2, 3}));
}

}  // namespace
}  // namespace assay::model
