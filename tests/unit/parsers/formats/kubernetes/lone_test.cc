#include "parsers/formats/kubernetes/lone.h"

#include <gtest/gtest.h>

#include "parsers/formats/kubernetes/format.h"
#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"
#include "tests/unit/parsers/formats/format_fixture.h"

namespace assay::formats {
namespace {

// Texts that decoding changes, anchors, merges and lists: whatever may lie in the tree and not in the source.
constexpr std::string_view kManifests = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: "na\x6de", labels: &labels {app: "a\tb", 'it''s': yes}}
data:
  folded: >
    one
    two
  quoted: "line\nbreak"
---
apiVersion: v1
kind: List
items:
  - apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: "w\u0065b"
      labels: {<<: *labels}
    spec:
      template:
        spec:
          containers: [{name: "m\x61in", image: "app:\x31", env: [{name: "A\x41", value: 'x'}]}]
  - {apiVersion: v1, kind: ServiceAccount, metadata: {name: 'so''me'}}
)";

std::string described(const model::Root& root) {
  std::string out;
  for (const model::Resource& resource : root.resources) {
    out += std::string(resource.address) + " " + std::string(resource.type) + " " + std::string(resource.name) + " " +
           std::string(resource.stable_address) + " " + model::to_text(resource.attributes) + "\n";
    for (const model::View& view : resource.views) {
      out += "  " + std::string(view.type.text()) + " " + model::to_text(view.value) + "\n";
    }
  }
  for (const model::Coverage& row : root.coverage) out += row.path + " " + row.reason + "\n";
  return out;
}

TEST(LoneManifests, AreWhatTheFormatLoadsAndNeedNoTree) {
  FormatFixture whole(kubernetes_format(), "all.yaml", std::string(kManifests));
  std::string expected = described(whole.load());
  EXPECT_NE(expected.find("Deployment.default.web"), std::string::npos) << expected;

  core::SourceSet sources;
  core::FileId id = sources.add("all.yaml", std::string(kManifests));
  auto tree = syntax::read_yaml(id, sources.text(id));
  std::unique_ptr<model::Root> root = load_lone_manifests({id, sources.path(id), tree.get()}, sources.text(id));
  ASSERT_TRUE(root);
  tree.reset();  // sanitizers see whether anything still points into it
  EXPECT_EQ(described(*root), expected);
}

TEST(LoneManifests, JsonNeedsNoTreeEither) {
  std::string text = R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "\u0070od"}, "spec": {"containers": []}})";
  FormatFixture whole(kubernetes_format(), "pod.json", text);
  std::string expected = described(whole.load());
  core::SourceSet sources;
  core::FileId id = sources.add("pod.json", text);
  auto tree = syntax::read_json(id, sources.text(id));
  std::unique_ptr<model::Root> root = load_lone_manifests({id, sources.path(id), tree.get()}, sources.text(id));
  ASSERT_TRUE(root);
  tree.reset();
  EXPECT_EQ(described(*root), expected);
}

TEST(LoneManifests, TemplatesWaitForTheirChart) {
  std::string text = "apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ .Release.Name }}'}\n";
  core::SourceSet sources;
  core::FileId id = sources.add("chart/templates/pod.yaml", text);
  auto tree = syntax::read_yaml(id, sources.text(id));
  EXPECT_FALSE(load_lone_manifests({id, sources.path(id), tree.get()}, sources.text(id)));
}

}  // namespace
}  // namespace assay::formats
