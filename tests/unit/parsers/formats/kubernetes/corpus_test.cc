// Every manifest of the corpora ends in a state that is accounted for.
#include <map>

#include "parsers/formats/kubernetes/format.h"
#include "parsers/formats/kubernetes/link.h"
#include "tests/unit/parsers/formats/corpus_files.h"
#include "tests/unit/parsers/formats/format_fixture.h"

namespace assay::formats {
namespace {

using model::Coverage;

struct Summary {
  size_t files = 0, claimed = 0, resources = 0, templates = 0, edges = 0;
  std::map<std::string, std::string> not_evaluated;  // path: state and reason
};

// Reads and loads a corpus; empty when the data are not there.
Summary load_corpus(const std::string& name) {
  auto files = corpus_files(name);
  Summary summary;
  summary.files = files.size();
  FormatFixture fixture(kubernetes_format(), std::move(files));
  model::Project project = fixture.project();
  link_kubernetes(project);
  project.seal();
  summary.claimed = project.roots.size();
  summary.resources = project.resources.size();
  summary.edges = project.edges.size();
  for (const model::Resource* resource : project.resources) {
    summary.templates += find_view(*resource, "kubernetes/pod-template") != nullptr;
    EXPECT_TRUE(resource->header.valid());
  }
  for (const auto& root : project.roots) {
    for (const Coverage& row : root->coverage) {
      if (row.state == Coverage::State::kEvaluated) continue;
      std::string state = row.state == Coverage::State::kSkipped   ? "skipped"
                          : row.state == Coverage::State::kPartial ? "partial"
                                                                   : "failed";
      summary.not_evaluated[row.path] = state + ": " + row.reason;
    }
  }
  return summary;
}

using Rows = std::map<std::string, std::string>;

TEST(KubernetesCorpus, Examples) {
  Summary summary = load_corpus("kubernetes-examples");
  if (summary.files == 0) GTEST_SKIP() << "skipped: no corpora";
  EXPECT_EQ(summary.files, 262u);
  std::string why = "skipped: not rendered: Helm/Go template";
  EXPECT_EQ(summary.not_evaluated,
            (Rows{{"_archived/newrelic-infrastructure/newrelic-config-template.yaml", why},
                  {"_archived/newrelic/newrelic-config-template.yaml", why},
                  {"_archived/storage/vitess/etcd-controller-template.yaml", why},
                  {"_archived/storage/vitess/etcd-service-template.yaml", why},
                  {"_archived/storage/vitess/vtgate-controller-template.yaml", why}}));
  // Not ours: two Cassandra configurations and two fragments without a kind.
  EXPECT_EQ(summary.claimed, 258u);
  EXPECT_EQ(summary.resources, 283u);  // as PyYAML counts them
  EXPECT_EQ(summary.templates, 128u);
  EXPECT_GT(summary.edges, 40u);
}

TEST(KubernetesCorpus, RenderedCharts) {
  Summary summary = load_corpus("helm-rendered");
  if (summary.files == 0) GTEST_SKIP() << "skipped: no corpora";
  EXPECT_EQ(summary.not_evaluated, (Rows{}));
  EXPECT_EQ(summary.resources, 198u);
  EXPECT_EQ(summary.templates, 51u);
  EXPECT_EQ(summary.edges, 141u);
}

TEST(KubernetesCorpus, ArgoCd) {
  Summary summary = load_corpus("argo-cd");
  if (summary.files == 0) GTEST_SKIP() << "skipped: no corpora";
  EXPECT_EQ(summary.not_evaluated, (Rows{}));
  EXPECT_EQ(summary.resources, 59u);
  EXPECT_EQ(summary.templates, 7u);
  EXPECT_EQ(summary.edges, 274u);
}

}  // namespace
}  // namespace assay::formats
