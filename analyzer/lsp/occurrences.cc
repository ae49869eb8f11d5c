#include "analyzer/lsp/occurrences.h"

#include <algorithm>
#include <array>

#include "parsers/core/path.h"

namespace assay::lsp {
namespace {

using syntax::Node;
using syntax::NodeKind;

constexpr int kMaxDepth = 500;

class Terraform {
 public:
  Terraform(const syntax::Tree& tree, const std::string& path, std::vector<Occurrence>& out)
      : tree_(tree), path_(path), scope_(core::parent_path(path)), out_(out) {}

  void file() {
    bool values = path_.ends_with(".tfvars");
    for (const Node* child : tree_.root->children()) {
      if (child->kind == NodeKind::kAttribute && values) add("variable", child->text, name_span(*child), false);
      if (child->kind == NodeKind::kBlock) block(*child);
      else expressions(*child, 0);
    }
  }

 private:
  void add(std::string_view kind, std::string_view name, core::Span span, bool declares, const std::string* scope = nullptr) {
    if (name.empty() || span.begin >= span.end) return;
    out_.push_back({{scope ? *scope : scope_, std::string(kind), std::string(name)}, span, declares});
  }
  core::Span name_span(const Node& attribute) const {
    return {tree_.file, attribute.begin, attribute.begin + static_cast<uint32_t>(attribute.text.size())};
  }

  void block(const Node& block) {
    std::array<const Node*, 2> labels{};
    const Node* body = nullptr;
    size_t count = 0;
    for (const Node* child : block.children()) {
      if (child->kind == NodeKind::kLabel && count < 2) labels[count++] = child;
      if (child->kind == NodeKind::kBody) body = child;
    }
    if (count == 1 && (block.text == "variable" || block.text == "output" || block.text == "module")) {
      add(block.text, labels[0]->text, tree_.span(*labels[0]), true);
    }
    if (count == 2 && (block.text == "resource" || block.text == "data")) {
      add(block.text, std::string(labels[0]->text) + "." + std::string(labels[1]->text), tree_.span(*labels[1]), true);
    }
    if (!body) return;
    std::string directory = block.text == "module" ? module_directory(block, path_) : std::string();
    for (const Node* child : body->children()) {
      if (child->kind != NodeKind::kAttribute) continue;
      if (block.text == "locals") add("local", child->text, name_span(*child), true);
      static constexpr std::array<std::string_view, 6> kMeta = {"source", "version", "count", "for_each", "providers", "depends_on"};
      bool meta = std::find(kMeta.begin(), kMeta.end(), child->text) != kMeta.end();
      if (!directory.empty() && !meta) add("variable", child->text, name_span(*child), false, &directory);
    }
    if (count == 1 && !directory.empty()) modules_.emplace_back(labels[0]->text, directory);
    expressions(*body, 0);
  }

  // References in an expression: chains of names from their root on.
  void expressions(const Node& node, int depth) {
    if (depth > kMaxDepth) return;
    if (node.kind == NodeKind::kGetAttr || node.kind == NodeKind::kVariable) {
      const Node* at = &node;
      std::vector<const Node*> chain;  // nearest to the root last
      while (at && (at->kind == NodeKind::kGetAttr || at->kind == NodeKind::kIndex || at->kind == NodeKind::kSplat || at->kind == NodeKind::kAttrSplat)) {
        if (at->kind == NodeKind::kGetAttr) chain.push_back(at);
        else for (size_t i = 1; i < at->child_count; ++i) expressions(*at->child(i), depth + 1);
        at = at->child(0);
      }
      if (at && at->kind == NodeKind::kVariable) {
        std::reverse(chain.begin(), chain.end());
        reference(*at, chain);
      } else if (at) {
        expressions(*at, depth + 1);
      }
      return;
    }
    for (const Node* child : node.children()) {
      if (child) expressions(*child, depth + 1);
    }
  }

  core::Span end_span(const Node& attr) const {
    return {tree_.file, attr.end - std::min(attr.end, static_cast<uint32_t>(attr.text.size())), attr.end};
  }
  void reference(const Node& root, const std::vector<const Node*>& chain) {
    if (chain.empty()) return;
    std::string_view first = chain[0]->text;
    core::Span whole{tree_.file, root.begin, chain[0]->end};
    if (root.text == "var") return add("variable", first, whole, false);
    if (root.text == "local") return add("local", first, whole, false);
    if (root.text == "module") {
      add("module", first, whole, false);
      if (chain.size() > 1) outputs_.emplace_back(std::string(first), chain[1]->text, end_span(*chain[1]));
      return;
    }
    if (root.text == "data") {
      if (chain.size() > 1) add("data", std::string(first) + "." + std::string(chain[1]->text), {tree_.file, root.begin, chain[1]->end}, false);
      return;
    }
    static constexpr std::array<std::string_view, 5> kOther = {"each", "count", "self", "path", "terraform"};
    if (std::find(kOther.begin(), kOther.end(), root.text) != kOther.end()) return;
    add("resource", std::string(root.text) + "." + std::string(first), whole, false);
  }

 public:
  struct Output {
    std::string module;
    std::string_view name;
    core::Span span;
  };
  std::vector<std::pair<std::string_view, std::string>> modules_;  // called here, and where they lie
  struct Wanted {
    Wanted(std::string m, std::string_view n, core::Span s) : module(std::move(m)), name(n), span(s) {}
    std::string module;
    std::string_view name;
    core::Span span;
  };
  std::vector<Wanted> outputs_;

 private:
  const syntax::Tree& tree_;
  const std::string& path_;
  const std::string scope_;
  std::vector<Occurrence>& out_;
};

class CloudFormation {
 public:
  CloudFormation(const syntax::Tree& tree, const std::string& path, std::vector<Occurrence>& out) : tree_(tree), path_(path), out_(out) {}

  void file() {
    const Node* document = tree_.root->child(0);
    const Node* top = document ? document->child(0) : nullptr;
    if (!top || top->kind != NodeKind::kMapping) return;
    const Node* resources = syntax::find_pair_value(*top, "Resources");
    if (!resources || resources->kind != NodeKind::kMapping) return;
    for (auto [section, kind] : {std::pair{"Resources", "logical id"}, std::pair{"Parameters", "logical id"}, std::pair{"Conditions", "condition"},
                                 std::pair{"Mappings", "mapping"}}) {
      const Node* entries = syntax::find_pair_value(*top, section);
      if (!entries || entries->kind != NodeKind::kMapping) continue;
      for (const Node* pair : entries->children()) {
        if (const Node* key = pair->child(0)) add(kind, key->text, inner(*key), true);
      }
    }
    walk(*top, 0);
  }

 private:
  void add(std::string_view kind, std::string_view name, core::Span span, bool declares) {
    if (!name.empty()) out_.push_back({{path_, std::string(kind), std::string(name)}, span, declares});
  }
  // Without quotes.
  core::Span inner(const Node& node) const {
    bool quoted = node.end - node.begin >= 2 && (tree_.source[node.begin] == '"' || tree_.source[node.begin] == '\'');
    return {tree_.file, node.begin + quoted, node.end - quoted};
  }
  static bool is_text(const Node* node) { return node && (node->kind == NodeKind::kScalar || node->kind == NodeKind::kString); }

  void logical(const Node* node) {
    if (!is_text(node)) return;
    core::Span span = inner(*node);
    std::string_view name = node->text.substr(0, node->text.find('.'));
    span.end = std::min(span.end, span.begin + static_cast<uint32_t>(name.size()));
    add("logical id", name, span, false);
  }
  void get_att(const Node* node) {
    if (node && node->kind == NodeKind::kSequence) logical(node->child(0));
    else logical(node);
  }
  void sub(const Node* node) {
    if (node && node->kind == NodeKind::kSequence) node = node->child(0);
    if (!is_text(node)) return;
    std::string_view text = tree_.source.substr(node->begin, node->end - node->begin);
    for (size_t at = 0; (at = text.find("${", at)) != std::string_view::npos; at += 2) {
      size_t end = text.find_first_of(".}", at);
      if (end == std::string_view::npos) break;
      std::string_view name = text.substr(at + 2, end - at - 2);
      if (name.starts_with('!') || name.find("::") != std::string_view::npos) continue;
      uint32_t begin = node->begin + static_cast<uint32_t>(at) + 2;
      add("logical id", name, {tree_.file, begin, begin + static_cast<uint32_t>(name.size())}, false);
    }
  }
  void condition(const Node* node) {
    if (node && node->kind == NodeKind::kSequence) node = node->child(0);
    if (is_text(node)) add("condition", node->text, inner(*node), false);
  }

  void walk(const Node& node, int depth) {
    if (depth > kMaxDepth || node.kind == NodeKind::kAlias) return;
    std::string_view tag = node.tag();
    if (tag == "!Ref") logical(&node);
    else if (tag == "!GetAtt") get_att(&node);
    else if (tag == "!Sub") sub(&node);
    else if (tag == "!Condition" || tag == "!If") condition(&node);
    if (node.kind == NodeKind::kPair && node.child_count > 1) {
      std::string_view key = node.child(0)->text;
      const Node* value = node.child(1);
      if (key == "Ref") logical(value);
      else if (key == "Fn::GetAtt") get_att(value);
      else if (key == "Fn::Sub") sub(value);
      else if (key == "Fn::If" || key == "Condition") condition(value);
      else if (key == "DependsOn" && value && value->kind == NodeKind::kSequence) {
        for (const Node* one : value->children()) logical(one);
      } else if (key == "DependsOn") {
        logical(value);
      }
    }
    for (const Node* child : node.children()) {
      if (child) walk(*child, depth + 1);
    }
  }

  const syntax::Tree& tree_;
  const std::string& path_;
  std::vector<Occurrence>& out_;
};

}  // namespace

std::string_view literal_text(const Node& expression) {
  if (expression.kind != NodeKind::kTemplate || expression.child_count != 1) return {};
  const Node* text = expression.child(0);
  return text->kind == NodeKind::kTemplateText ? text->text : std::string_view{};
}

std::string module_directory(const Node& block, const std::string& path) {
  if (block.child_count == 0) return {};
  const Node* body = block.child(block.child_count - 1);
  if (!body || body->kind != NodeKind::kBody) return {};
  for (const Node* child : body->children()) {
    if (child->kind != NodeKind::kAttribute || child->text != "source" || child->child_count == 0) continue;
    std::string_view source = literal_text(*child->child(0));
    if (!source.starts_with("./") && !source.starts_with("../")) return {};
    return core::normalize_path(core::join_path(core::parent_path(path), source));
  }
  return {};
}

std::vector<Occurrence> occurrences(const syntax::Tree& tree, const std::string& path) {
  std::vector<Occurrence> out;
  if (tree.language == syntax::Language::kHcl) {
    Terraform terraform(tree, path, out);
    terraform.file();
    // Outputs are named by modules that this file, or another of its directory, calls: their scope is found by whoever
    // knows that directory, through the module's name.
    for (const auto& wanted : terraform.outputs_) {
      std::string scope;
      for (const auto& [name, directory] : terraform.modules_) {
        if (name == wanted.module) scope = directory;
      }
      if (scope.empty()) scope = "module " + wanted.module;
      out.push_back({{scope, "output", std::string(wanted.name)}, wanted.span, false});
    }
  } else {
    CloudFormation(tree, path, out).file();
  }
  std::stable_sort(out.begin(), out.end(), [](const Occurrence& a, const Occurrence& b) { return a.span < b.span; });
  return out;
}

}  // namespace assay::lsp
