#include "rules/lang/checkov/policy.h"

#include <algorithm>
#include <array>

#include "parsers/core/limits.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/scalar.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::rules::checkov {
namespace {

using syntax::Node;
using syntax::NodeKind;

struct OperatorRow {
  std::string_view name;
  Operator op;
  bool negated;
};

constexpr OperatorRow kOperators[] = {
    {"any", Operator::kAny, false},
    {"equals", Operator::kEquals, false},
    {"not_equals", Operator::kEquals, true},
    {"equals_ignore_case", Operator::kEqualsIgnoreCase, false},
    {"not_equals_ignore_case", Operator::kEqualsIgnoreCase, true},
    {"exists", Operator::kExists, false},
    {"not_exists", Operator::kExists, true},
    {"contains", Operator::kContains, false},
    {"not_contains", Operator::kContains, true},
    {"within", Operator::kWithin, false},
    {"not_within", Operator::kWithin, true},
    {"starting_with", Operator::kStartingWith, false},
    {"not_starting_with", Operator::kStartingWith, true},
    {"ending_with", Operator::kEndingWith, false},
    {"not_ending_with", Operator::kEndingWith, true},
    {"regex_match", Operator::kRegexMatch, false},
    {"not_regex_match", Operator::kRegexMatch, true},
    {"greater_than", Operator::kGreaterThan, false},
    {"greater_than_or_equal", Operator::kGreaterThanOrEqual, false},
    {"less_than", Operator::kLessThan, false},
    {"less_than_or_equal", Operator::kLessThanOrEqual, false},
    {"subset", Operator::kSubset, false},
    {"not_subset", Operator::kSubset, true},
    {"intersects", Operator::kIntersects, false},
    {"not_intersects", Operator::kIntersects, true},
    {"is_empty", Operator::kIsEmpty, false},
    {"is_not_empty", Operator::kIsEmpty, true},
    {"length_equals", Operator::kLengthEquals, false},
    {"length_not_equals", Operator::kLengthEquals, true},
    {"length_greater_than", Operator::kLengthGreaterThan, false},
    {"length_greater_than_or_equal", Operator::kLengthGreaterThanOrEqual, false},
    {"length_less_than", Operator::kLengthLessThan, false},
    {"length_less_than_or_equal", Operator::kLengthLessThanOrEqual, false},
    {"is_true", Operator::kIsTrue, false},
    {"is_false", Operator::kIsTrue, true},
    {"range_includes", Operator::kRangeIncludes, false},
    {"range_not_includes", Operator::kRangeIncludes, true},
    {"number_of_words_equals", Operator::kWordsEquals, false},
    {"number_of_words_not_equals", Operator::kWordsEquals, true},
    {"number_of_words_greater_than", Operator::kWordsGreaterThan, false},
    {"number_of_words_greater_than_or_equal", Operator::kWordsGreaterThanOrEqual, false},
    {"number_of_words_less_than", Operator::kWordsLessThan, false},
    {"number_of_words_less_than_or_equal", Operator::kWordsLessThanOrEqual, false},
    {"cidr_range_subset", Operator::kCidrRangeSubset, false},
    {"cidr_range_not_subset", Operator::kCidrRangeSubset, true},
};

constexpr std::string_view kJsonPathPrefix = "jsonpath_";

// Operators that compare with nothing.
bool needs_value(Operator op) {
  return op != Operator::kAny && op != Operator::kExists && op != Operator::kIsEmpty && op != Operator::kIsTrue;
}

const Node* target_of(const Node* node) {
  while (node && node->kind == NodeKind::kAlias) node = node->child(0);
  return node;
}

const Node* value_of(const Node& mapping, std::string_view key) { return target_of(syntax::find_pair_value(mapping, key)); }

bool is_text(const Node& node) {
  return node.kind == NodeKind::kScalar || node.kind == NodeKind::kString || node.kind == NodeKind::kNumber ||
         node.kind == NodeKind::kBool;
}

std::string_view provider_prefix(std::string_view provider) {
  struct Row {
    std::string_view name, prefix;
  };
  static constexpr Row kRows[] = {
      {"azure", "azurerm_"}, {"gcp", "google_"}, {"oracle", "oci_"}, {"digitalocean", "digitalocean_"}};
  for (const Row& row : kRows) {
    if (row.name == provider) return row.prefix;
  }
  return {};
}

// Types that never take tags: they join or configure other resources.
bool takes_no_tags(std::string_view type) {
  static constexpr std::string_view kEndings[] = {
      "_attachment", "_association", "_policy", "_policy_document", "_permission", "_membership", "_rule", "_route",
      "_acl", "_versioning", "_notification", "_record", "_configuration", "_public_access_block", "_object",
      "_ownership_controls", "_logging", "_secret_version", "_iam_member", "_iam_binding", "_grant", "_setting",
      "_settings", "_member", "_exclusive", "_propagation", "_delegation", "_validation", "_password"};
  return std::any_of(std::begin(kEndings), std::end(kEndings), [&](std::string_view end) { return type.ends_with(end); });
}

class Reader {
 public:
  Reader(Policy& policy, std::vector<PolicyError>& errors) : policy_(policy), errors_(errors) {}

  void read(const Node& root) {
    const Node* metadata = value_of(root, "metadata");
    const Node* definition = value_of(root, "definition");
    if (!metadata || metadata->kind != NodeKind::kMapping) return error(root, "`metadata` must be a mapping with id, name and category");
    read_metadata(*metadata);
    if (const Node* scope = value_of(root, "scope")) {
      const Node* provider = scope->kind == NodeKind::kMapping ? value_of(*scope, "provider") : nullptr;
      if (provider && provider->kind == NodeKind::kSequence) provider = target_of(provider->child(0));
      if (!provider || !is_text(*provider)) error(*scope, "`scope` must be a mapping with a provider");
      else provider_ = core::to_lower_ascii(provider->text);
    }
    if (!definition) return error(root, "`definition` is missing");
    policy_.definition = read_block(*definition, 0);
    policy_.blocks = next_number_;
    if (policy_.definition && policy_.definition->kind == Block::Kind::kFilter) {
      error(*definition, "a filter alone decides nothing; put it into `and` beside conditions");
    }
  }

 private:
  void error(const Node& node, std::string message) { errors_.push_back({node.begin, node.end, std::move(message)}); }

  std::string text(const Node& mapping, std::string_view key, bool required) {
    const Node* node = value_of(mapping, key);
    if (node && is_text(*node) && !(node->text.empty() && required)) return std::string(node->text);
    if (node && node->kind != NodeKind::kNull && !(is_text(*node) && !required)) error(*node, "`" + std::string(key) + "` must be a text");
    else if (required) error(mapping, "`" + std::string(key) + "` is missing");
    return {};
  }

  void read_metadata(const Node& metadata) {
    RuleInfo& info = policy_.info;
    info.id = text(metadata, "id", true);
    info.title = text(metadata, "name", true);
    info.name = core::to_lower_ascii(info.id);
    info.message = info.title;
    info.precision = "high";
    info.severity = Severity::kMedium;
    if (std::string category = text(metadata, "category", false); !category.empty()) {
      std::string tag = core::to_lower_ascii(category);
      std::replace_if(tag.begin(), tag.end(), [](char c) { return c == ' ' || c == '_'; }, '-');
      info.tags.push_back(std::move(tag));
    }
    if (std::string severity = text(metadata, "severity", false); !severity.empty()) {
      auto parsed = parse_severity(core::to_lower_ascii(severity));
      if (parsed) info.severity = *parsed;
      else error(*value_of(metadata, "severity"), "`severity` must be critical, high, medium, low or info");
    }
    std::string guideline = text(metadata, "guideline", false);
    if (guideline.empty()) guideline = text(metadata, "guidelines", false);
    info.how = std::move(guideline);
    info.what = "Custom policy: " + info.title + ".";
  }

  std::unique_ptr<Block> read_block(const Node& node, int depth) {
    if (depth > static_cast<int>(core::kMaxNesting) / 4) {
      error(node, "blocks are nested too deeply");
      return nullptr;
    }
    if (node.kind != NodeKind::kMapping) {
      error(node, "a block must be a mapping: and, or, not, or a condition with cond_type");
      return nullptr;
    }
    auto block = std::make_unique<Block>();
    block->begin = node.begin;
    block->end = node.end;
    block->number = next_number_++;
    struct Combination {
      std::string_view key;
      Block::Kind kind;
    };
    static constexpr Combination kCombinations[] = {
        {"and", Block::Kind::kAnd}, {"or", Block::Kind::kOr}, {"not", Block::Kind::kNot}};
    for (const Combination& combination : kCombinations) {
      const Node* children = value_of(node, combination.key);
      if (!children || (children->kind == NodeKind::kSequence && children->child_count == 0)) continue;
      block->kind = combination.kind;
      read_children(*block, *children, depth);
      return block;
    }
    return read_condition(node, std::move(block)) ? std::move(last_) : nullptr;
  }

  void read_children(Block& block, const Node& children, int depth) {
    std::vector<const Node*> nodes;
    if (children.kind == NodeKind::kSequence) {
      for (const Node* child : children.children()) nodes.push_back(target_of(child));
    } else {
      nodes.push_back(&children);
    }
    for (const Node* child : nodes) {
      std::unique_ptr<Block> read = child ? read_block(*child, depth + 1) : nullptr;
      if (!read) continue;
      block.connects = block.connects || read->kind == Block::Kind::kConnection || read->connects;
      block.children.push_back(std::move(read));
    }
    if (block.kind != Block::Kind::kNot) return;
    if (nodes.size() != 1) error(children, "`not` takes exactly one block");
    else if (block.connects) error(children, "`not` cannot turn a connection around; use the operator not_exists");
  }

  // Leaves what it read in last_.
  bool read_condition(const Node& node, std::unique_ptr<Block> block) {
    const Node* type = value_of(node, "cond_type");
    std::string_view kind = type && is_text(*type) ? type->text : std::string_view{};
    static const std::vector<std::string_view> kKinds = {"attribute", "connection", "filter", "resource"};
    size_t errors = errors_.size();
    if (kind.empty() || kind == "attribute") {
      block->kind = Block::Kind::kAttribute;
      read_types(node, "resource_types", block->types);
      if (!kind.empty()) read_attribute(node, *block);
      else if (type == nullptr && !value_of(node, "resource_types")) error(node, "a block needs and, or, not, or cond_type");
    } else if (kind == "connection") {
      block->kind = Block::Kind::kConnection;
      read_types(node, "resource_types", block->types);
      read_types(node, "connected_resource_types", block->connected);
      std::string op = text(node, "operator", true);
      if (op == "exists") block->connection = Block::Connection::kExists;
      else if (op == "not_exists") block->connection = Block::Connection::kNotExists;
      else if (op == "one_exists") block->connection = Block::Connection::kOneExists;
      else if (!op.empty()) unknown_operator(node, op, {"exists", "not_exists", "one_exists"});
    } else if (kind == "filter") {
      block->kind = Block::Kind::kFilter;
      block->attribute = text(node, "attribute", true);
      std::string op = text(node, "operator", true);
      if (!op.empty() && op != "within") unknown_operator(node, op, {"within"});
      block->op = Operator::kWithin;
      split_attribute(*block);
      read_value(node, *block);
    } else if (kind == "resource") {
      block->kind = Block::Kind::kResource;
      read_types(node, "resource_types", block->types);
      std::string op = text(node, "operator", true);
      block->negated = op == "not_exists";
      if (!op.empty() && op != "exists" && op != "not_exists") unknown_operator(node, op, {"exists", "not_exists"});
    } else {
      error(*type, "there is no condition '" + std::string(kind) + "'" + core::did_you_mean(kind, kKinds));
    }
    last_ = std::move(block);
    return errors_.size() == errors;
  }

  void unknown_operator(const Node& node, std::string_view op, const std::vector<std::string_view>& known) {
    error(*value_of(node, "operator"), "there is no operator '" + std::string(op) + "' here" + core::did_you_mean(op, known));
  }

  void read_attribute(const Node& node, Block& block) {
    std::string op = text(node, "operator", true);
    std::string_view plain = op;
    bool json_path = plain.starts_with(kJsonPathPrefix);
    if (json_path) plain.remove_prefix(kJsonPathPrefix.size());
    auto row = std::find_if(std::begin(kOperators), std::end(kOperators), [&](const OperatorRow& r) { return r.name == plain; });
    if (op.empty()) return;
    if (row == std::end(kOperators)) {
      std::vector<std::string_view> names;
      for (const OperatorRow& known : kOperators) names.push_back(known.name);
      return unknown_operator(node, plain, names);
    }
    block.op = row->op;
    block.negated = row->negated;
    if (block.op == Operator::kAny) return;
    block.attribute = text(node, "attribute", true);
    if (json_path) {
      auto path = JsonPath::parse(block.attribute);
      if (path) block.json_path = std::move(path).value();
      else error(*value_of(node, "attribute"), "bad JSONPath: " + path.error().message);
    } else {
      split_attribute(block);
    }
    if (needs_value(block.op)) read_value(node, block);
    if (block.op == Operator::kRegexMatch && block.value.is_string()) {
      std::string pattern = "\\A(?:" + std::string(block.value.text()) + ")";
      if (auto regex = core::Regex::compile(pattern)) {
        block.regex = *regex;
      } else if (auto backtracking = core::BacktrackingRegex::compile(pattern)) {
        block.backtracking = *backtracking;
      } else {
        error(*value_of(node, "value"), "regular expression: " + regex.error().message);
      }
    }
  }

  void split_attribute(Block& block) {
    for (std::string_view part : core::split(block.attribute, '.')) {
      block.parts.emplace_back(part);
      block.wildcard = block.wildcard || part == "*";
    }
    if (!block.parts.empty() && block.parts.front() == "*") block.wildcard = false;
  }

  void read_value(const Node& node, Block& block) {
    const Node* value = value_of(node, "value");
    if (!value) return;  // compared with null, as everybody else does
    block.value = constant(*value, 0);
  }

  model::Value constant(const Node& node, int depth) {
    core::Arena& arena = policy_.arena;
    switch (node.kind) {
      case NodeKind::kSequence: {
        std::vector<model::Value> items;
        if (depth < 32) {
          for (const Node* child : node.children()) {
            if (const Node* item = target_of(child)) items.push_back(constant(*item, depth + 1));
          }
        }
        return model::list_value(items, arena);
      }
      case NodeKind::kMapping: {
        std::vector<model::Entry> entries;
        if (depth < 32) {
          for (const Node* pair : node.children()) {
            const Node* key = pair->kind == NodeKind::kPair ? target_of(pair->child(0)) : nullptr;
            const Node* item = key ? target_of(pair->child(1)) : nullptr;
            if (item) entries.push_back({arena.copy(key->text), {}, constant(*item, depth + 1)});
          }
        }
        return model::object_value(entries, arena);
      }
      default: {
        syntax::Scalar scalar = syntax::read_scalar(node, syntax::ScalarMode::kKubernetes, arena);
        switch (scalar.type) {
          case syntax::ScalarType::kNull: return model::null_value();
          case syntax::ScalarType::kBool:
            // PyYAML, with which Checkov reads policies, takes a single letter for a text.
            if (node.text.size() == 1) return model::string_value(arena.copy(node.text));
            return model::bool_value(scalar.truth);
          case syntax::ScalarType::kInt:
          case syntax::ScalarType::kFloat:
            if (auto number = core::Number::parse(scalar.text, arena)) {
              model::Value out = model::number_value(*number, arena);
              if (scalar.type == syntax::ScalarType::kFloat) out.flags |= model::kFloatText;
              return out;
            }
            break;
          case syntax::ScalarType::kString: break;
        }
        return model::string_value(arena.copy(scalar.text));
      }
    }
  }

  void read_types(const Node& node, std::string_view key, TypeSet& out) {
    const Node* list = value_of(node, key);
    std::vector<std::string> names;
    if (list && list->kind == NodeKind::kSequence) {
      for (const Node* item : list->children()) {
        const Node* name = target_of(item);
        if (name && is_text(*name)) names.emplace_back(name->text);
        else if (name) error(*name, "a type of resource must be a text");
      }
    } else if (list && is_text(*list)) {
      names.emplace_back(list->text);
    } else if (list && list->kind != NodeKind::kNull) {
      error(*list, "`" + std::string(key) + "` must be a list of types");
    }
    if (names.empty() || core::equals_ignoring_case(names[0], "all")) {
      if (key == "connected_resource_types" && names.empty()) error(node, "`connected_resource_types` is missing");
      if (!provider_.empty()) narrow_to_provider(out);
      return;
    }
    if (names[0] == "taggable") {
      out.taggable = true;
      if (!provider_.empty()) narrow_to_provider(out);
      return;
    }
    out.any = false;
    for (std::string& name : names) {
      if (name == "provider" && !provider_.empty()) name = "provider." + provider_;
    }
    out.names = std::move(names);
  }

  void narrow_to_provider(TypeSet& out) {
    std::string_view known = provider_prefix(provider_);
    out.any = false;
    out.prefix = known.empty() ? provider_ + "_" : std::string(known);
  }

  Policy& policy_;
  std::vector<PolicyError>& errors_;
  std::string provider_;
  std::unique_ptr<Block> last_;
  uint32_t next_number_ = 0;
};

std::unique_ptr<syntax::Tree> read_tree(std::string_view text) {
  size_t start = text.find_first_not_of(" \t\r\n");
  bool json = start != std::string_view::npos && text[start] == '{';
  return json ? syntax::read_json(core::kNoFile, text) : syntax::read_yaml(core::kNoFile, text);
}

const Node* content_of(const syntax::Tree& tree) {
  const Node* document = tree.root->child(0);
  return document ? target_of(document->child(0)) : nullptr;
}

}  // namespace

bool TypeSet::has(const model::Resource& resource) const {
  std::string_view type = resource.type;
  std::string_view kind = resource.kind;
  if (kind == "output" || kind == "terraform" || kind == "parameter") return false;
  if (any && !taggable) return true;
  if (resource.format == "kubernetes") type = type.substr(type.rfind('/') + 1);
  bool is_data = kind == "data";
  if (taggable) return !is_data && kind != "provider" && kind != "variable" && kind != "module" &&
                       (prefix.empty() || type.starts_with(prefix)) && !takes_no_tags(type);
  if (!prefix.empty()) return !is_data && type.starts_with(prefix);
  for (const std::string& name : names) {
    if (is_data) {
      if (name.starts_with("data.") && std::string_view(name).substr(5) == type) return true;
    } else if (name == type || (kind == "provider" && name == "provider")) {
      return true;
    }
  }
  return false;
}

bool looks_like_policy(std::string_view text) {
  if (text.find("metadata") == std::string_view::npos || text.find("definition") == std::string_view::npos) return false;
  auto tree = read_tree(text);
  const Node* content = content_of(*tree);
  return content && content->kind == NodeKind::kMapping && value_of(*content, "metadata") && value_of(*content, "definition") &&
         !value_of(*content, "apiVersion");
}

std::unique_ptr<Policy> read_policy(std::string_view text, std::vector<PolicyError>& errors) {
  auto policy = std::make_unique<Policy>();
  auto tree = read_tree(text);
  for (const core::Problem& problem : tree->problems) {
    if (problem.severity != core::ProblemSeverity::kError) continue;
    errors.push_back({problem.span.begin, problem.span.end, problem.message});
  }
  const Node* content = content_of(*tree);
  if (errors.empty() && (!content || content->kind != NodeKind::kMapping)) {
    errors.push_back({0, 0, "a policy must be a mapping with metadata and definition"});
  }
  if (!errors.empty()) return nullptr;
  Reader(*policy, errors).read(*content);
  if (!errors.empty()) return nullptr;
  return policy;
}

}  // namespace assay::rules::checkov
