// Agreement with yaml-cpp on every real YAML file of the corpora: structure and scalar text.
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "parsers/syntax/yaml/reader.h"

namespace assay::syntax {
namespace {

namespace fs = std::filesystem;

// Files, by the end of their path, on which the two readers rightly differ.
const std::map<std::string, std::string> kDifferences = {};

// "" when they agree, else the path of the first difference.
std::string difference(const Node* node, const YAML::Node& other) {
  node = resolve_alias(node);
  if (!node || node->kind == NodeKind::kNull) {
    return other.IsNull() || (other.IsScalar() && other.Scalar().empty()) ? "" : ": null";
  }
  if (node->kind == NodeKind::kMapping) {
    if (!other.IsMap() || other.size() != node->child_count) return ": mapping";
    size_t i = 0;
    for (const auto& member : other) {
      const Node* pair = node->child(i++);
      std::string inner = difference(pair->child(0), member.first);
      if (inner.empty()) inner = difference(pair->child(1), member.second);
      if (!inner.empty()) return "." + std::string(pair->child(0)->text) + inner;
    }
    return "";
  }
  if (node->kind == NodeKind::kSequence) {
    if (!other.IsSequence() || other.size() != node->child_count) return ": sequence";
    for (size_t i = 0; i < other.size(); ++i) {
      std::string inner = difference(node->child(i), other[i]);
      if (!inner.empty()) return "[" + std::to_string(i) + "]" + inner;
    }
    return "";
  }
  if (other.IsNull()) return node->style == Style::kPlain ? "" : ": null for a string";
  if (!other.IsScalar() || other.Scalar() != node->text) {
    return ": \"" + std::string(node->text.substr(0, 60)) + "\"";
  }
  return "";
}

std::string compare(const std::string& text) {
  auto tree = read_yaml(0, text);
  std::vector<YAML::Node> documents;
  try {
    documents = YAML::LoadAll(text);
  } catch (const YAML::Exception& error) {
    return tree->accepted ? std::string("yaml-cpp refuses: ") + error.what() : "";
  }
  if (!tree->accepted) return "refused: " + tree->problems.back().message;
  if (documents.size() != tree->root->child_count) return "number of documents";
  for (size_t i = 0; i < documents.size(); ++i) {
    std::string found = difference(tree->root->child(i)->child(0), documents[i]);
    if (!found.empty()) return "document " + std::to_string(i) + found;
  }
  return "";
}

TEST(YamlCorpora, AgreeWithYamlCpp) {
  const char* shared = std::getenv("ASSAY_SHARED");
  fs::path root = fs::path(shared ? shared : "../shared") / "corpora";
  if (!fs::is_directory(root)) GTEST_SKIP() << "skipped: no corpora at " << root;
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    auto extension = entry.path().extension();
    if (extension != ".yaml" && extension != ".yml" && extension != ".template") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(in)), {});
    ++files;
    bool listed = false;
    for (const auto& [path, reason] : kDifferences) {
      listed = listed || entry.path().string().ends_with(path);
    }
    std::string found = compare(text);
    if (listed) EXPECT_NE(found, "") << "no longer differs: " << entry.path();
    else EXPECT_EQ(found, "") << entry.path();
  }
  EXPECT_GT(files, 300u);
}

}  // namespace
}  // namespace assay::syntax
