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
  size_t resources = 0;
  Rows reasons;
  std::vector<std::string> problems;
  for (const auto& root : project.roots) {
    for (const model::Resource& resource : root->resources) resources += resource.kind == "resource";
    ASSERT_EQ(root->coverage.size(), 1u);
    const Coverage& row = root->coverage[0];
    EXPECT_NE(row.state, Coverage::State::kFailed) << row.path << ": " << row.reason;
    if (row.state != Coverage::State::kEvaluated) reasons[row.path] = row.reason;
    for (const core::Problem& problem : root->problems) {
      if (problem.severity == core::ProblemSeverity::kNote) continue;
      problems.push_back(root->path + ": " + problem.message);
    }
  }
  // As PyYAML counts them, with 4 loops that make 14 resources and 21 that SAM derives. Not ours: a linter's settings, two
  // build specifications, two events of a macro's test, a Kubernetes manifest.
  EXPECT_EQ(project.roots.size(), 296u);
  EXPECT_EQ(resources, 2187u);
  EXPECT_GT(project.edges.size(), 3000u);
  // A module of the packager whose caller replaces what it refers to.
  EXPECT_EQ(problems, std::vector<std::string>{
                          "RainModules/api-resource.yml: RestApi is a parameter: it has no attributes"});
  // Macros, includes and the packager's directives are the only reasons.
  EXPECT_EQ(reasons.size(), 50u);
  for (const auto& [path, reason] : reasons) {
    EXPECT_TRUE(reason.ends_with("is not expanded")) << path << ": " << reason;
  }
}

}  // namespace
}  // namespace assay::formats
