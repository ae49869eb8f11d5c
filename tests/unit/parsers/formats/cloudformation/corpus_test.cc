// Every template of the corpus ends in a state that is accounted for.
#include <map>

#include "parsers/formats/cloudformation/format.h"
#include "tests/unit/parsers/formats/corpus_files.h"
#include "tests/unit/parsers/formats/format_fixture.h"

namespace assay::formats {
namespace {

using model::Coverage;
using Rows = std::map<std::string, std::string>;

TEST(CloudFormationCorpus, EveryTemplateIsAccountedFor) {
  auto files = corpus_files("cloudformation-templates");
  if (files.empty()) GTEST_SKIP() << "skipped: no corpora";
  EXPECT_EQ(files.size(), 302u);
  FormatFixture fixture(cloudformation_format(), std::move(files));
  model::Project project = fixture.project();
  Rows rows;
  size_t resources = 0, problems = 0;
  for (const auto& root : project.roots) {
    for (const model::Resource& resource : root->resources) resources += resource.kind == "resource";
    for (const Coverage& row : root->coverage) {
      if (row.state == Coverage::State::kEvaluated) continue;
      rows[row.path] = (row.state == Coverage::State::kFailed ? "failed: " : "partial: ") + row.reason;
    }
    for (const core::Problem& problem : root->problems) {
      if (problem.severity == core::ProblemSeverity::kNote) continue;
      auto at = fixture.sources.lines(problem.span.file).position(problem.span.begin);
      printf("%s:%u: %s %s\n", root->path.c_str(), at.line, problem.code.c_str(), problem.message.c_str());
      ++problems;
    }
  }
  for (auto& [a, b] : rows) printf("%s: %s\n", a.c_str(), b.c_str());
  printf("%zu roots %zu resources %zu edges\n", project.roots.size(), resources, project.edges.size());
}

}  // namespace
}  // namespace assay::formats
