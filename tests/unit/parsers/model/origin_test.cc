#include "parsers/model/origin.h"

#include <gtest/gtest.h>

#include "parsers/model/resource.h"

namespace assay::model {
namespace {

Origin hop(OriginKind kind, uint32_t at, const std::vector<const Origin*>& from) {
  Origin origin;
  origin.kind = kind;
  origin.span = {0, at, at + 1};
  origin.from_array = from.data();
  origin.from_count = static_cast<uint32_t>(from.size());
  return origin;
}

TEST(Origin, OneLiteralDecides) {
  Origin literal = hop(OriginKind::kLiteral, 1, {});
  std::vector<const Origin*> from{&literal};
  Origin reference = hop(OriginKind::kReference, 2, from);
  std::vector<const Origin*> twice{&reference, &literal};
  Origin function = hop(OriginKind::kFunction, 3, twice);
  EXPECT_EQ(deciding_literal(&function), &literal);
  std::vector<const Origin*> hops = chain(&function);
  ASSERT_EQ(hops.size(), 3u);
  EXPECT_EQ(hops.front(), &literal);
  EXPECT_EQ(hops.back(), &function);
}

TEST(Origin, SeveralLiteralsOrUnknownInputsDecideTogether) {
  Origin a = hop(OriginKind::kLiteral, 1, {});
  Origin b = hop(OriginKind::kLiteral, 2, {});
  Origin open = hop(OriginKind::kReference, 3, {});
  std::vector<const Origin*> two{&a, &b}, mixed{&a, &open};
  Origin joined = hop(OriginKind::kFunction, 4, two);
  Origin unknown = hop(OriginKind::kFunction, 5, mixed);
  EXPECT_EQ(deciding_literal(&joined), nullptr);
  EXPECT_EQ(deciding_literal(&unknown), nullptr);
  EXPECT_EQ(deciding_literal(nullptr), nullptr);
  EXPECT_TRUE(chain(nullptr).empty());
}

TEST(Origin, OfRepeatedSpansTheInputIsKept) {
  Origin literal = hop(OriginKind::kLiteral, 1, {});
  std::vector<const Origin*> from{&literal};
  Origin same = hop(OriginKind::kVariableDefault, 1, from);
  EXPECT_EQ(chain(&same).size(), 1u);
  EXPECT_EQ(chain(&same).front(), &same);
  std::vector<const Origin*> outer{&same};
  Origin reference = hop(OriginKind::kReference, 1, outer);
  EXPECT_EQ(chain(&reference), std::vector<const Origin*>{&same});
  EXPECT_EQ(kind_name(OriginKind::kVariableDefault), "variable default");
}

TEST(Project, EdgesAreRenumberedAndIndexed) {
  Project project;
  for (int i = 0; i < 2; ++i) {
    auto root = std::make_unique<Root>();
    root->resources.resize(2);
    Edge edge;
    edge.from = 1;
    edge.to = 0;
    edge.path = "bucket";
    root->edges.push_back(edge);
    root->edges.push_back(edge);
    edge.to = 99;  // nothing there
    root->edges.push_back(edge);
    project.add(std::move(root));
  }
  project.seal();
  ASSERT_EQ(project.resources.size(), 4u);
  EXPECT_EQ(project.resources[3]->index, 3u);
  EXPECT_EQ(project.resources[3]->root, project.roots[1].get());
  ASSERT_EQ(project.edges.size(), 2u);
  ASSERT_EQ(project.edges_from(3).size(), 1u);
  EXPECT_EQ(project.edges_from(3)[0].to, 2u);
  ASSERT_EQ(project.edges_to(2).size(), 1u);
  EXPECT_EQ(project.edges[project.edges_to(2)[0]].from, 3u);
  EXPECT_TRUE(project.edges_from(0).empty());
  EXPECT_TRUE(project.edges_from(1000).empty());
  EXPECT_TRUE(project.edges_to(1000).empty());
}

}  // namespace
}  // namespace assay::model
