// Agreement with nlohmann/json on every real JSON file of the corpora.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <nlohmann/json.hpp>

#include "parsers/syntax/json/reader.h"

namespace assay::syntax {
namespace {

namespace fs = std::filesystem;

bool agrees(const Node& node, const nlohmann::ordered_json& json) {
  switch (node.kind) {
    case NodeKind::kMapping: {
      if (!json.is_object() || json.size() > node.child_count) return false;
      for (const Node* pair : node.children()) {
        auto member = json.find(std::string(pair->child(0)->text));
        if (member == json.end()) return false;
        // nlohmann keeps one of several equal keys.
        if (json.size() == node.child_count && !agrees(*pair->child(1), *member)) return false;
      }
      return true;
    }
    case NodeKind::kSequence:
      if (!json.is_array() || json.size() != node.child_count) return false;
      for (size_t i = 0; i < json.size(); ++i) {
        if (!agrees(*node.child(i), json[i])) return false;
      }
      return true;
    case NodeKind::kString: return json.is_string() && json.get_ref<const std::string&>() == node.text;
    case NodeKind::kNumber:
      return json.is_number() && nlohmann::ordered_json::parse(node.text) == json;
    case NodeKind::kBool: return json.is_boolean() && json.get<bool>() == (node.text == "true");
    case NodeKind::kNull: return json.is_null();
    default: return false;
  }
}

TEST(JsonCorpora, AgreeWithNlohmann) {
  const char* shared = std::getenv("ASSAY_SHARED");
  fs::path root = fs::path(shared ? shared : "../shared") / "corpora";
  if (!fs::is_directory(root)) GTEST_SKIP() << "skipped: no corpora at " << root;
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    auto tree = read_json(0, text);
    auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    EXPECT_EQ(tree->accepted, !json.is_discarded()) << entry.path();
    if (json.is_discarded() || !tree->accepted) continue;
    EXPECT_TRUE(agrees(*tree->root->child(0)->child(0), json)) << entry.path();
  }
  EXPECT_GT(files, 100u);
}

}  // namespace
}  // namespace assay::syntax
