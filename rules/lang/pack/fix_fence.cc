#include "rules/lang/pack/fix_fence.h"

#include <algorithm>

#include "parsers/core/text.h"
#include "parsers/syntax/json/reader.h"

namespace assay::rules {
namespace {

// The length of the path that `text` begins with; 0 when it begins with none.
size_t path_length(std::string_view text) {
  auto is_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  size_t at = 0;
  bool name = true;  // a name may come here
  while (at < text.size()) {
    if (name) {
      size_t begin = at;
      while (at < text.size() && is_name(text[at])) ++at;
      if (at == begin && !(begin == 0 && text[0] == '[')) return 0;
      name = false;
    } else if (text[at] == '.') {
      ++at;
      name = true;
    } else if (text[at] == '[') {
      size_t close =
          text.substr(at).starts_with("[\"") ? text.find("\"]", at + 2) : text.find(']', at);
      if (close == std::string_view::npos) return 0;
      at = close + (text[close] == '"' ? 2 : 1);
    } else {
      break;
    }
  }
  return name ? 0 : at;
}

}  // namespace

FixStep parse_fix_step(std::string_view line, std::string& error) {
  FixStep step;
  line = core::trim(line);
  size_t space = std::min(line.find(' '), line.size());
  std::string_view verb = line.substr(0, space);
  std::string_view rest = core::trim(line.substr(space));
  if (verb == "set")
    step.kind = FixStep::Kind::kSet;
  else if (verb == "add")
    step.kind = FixStep::Kind::kAdd;
  else if (verb == "remove")
    step.kind = FixStep::Kind::kRemove;
  else {
    error = "a step of a fix is 'set PATH = VALUE', 'add PATH = [VALUE]' or 'remove PATH', not '" +
            std::string(line) + "'";
    return step;
  }
  size_t length = path_length(rest);
  if (length == 0) {
    error = "'" + std::string(rest) + "' does not begin with a path such as a.b or labels[\"x/y\"]";
    return step;
  }
  step.path = rest.substr(0, length);
  for (std::string_view root : {"resource.", "item.", "native."}) {
    if (!step.path.starts_with(root)) continue;
    error = "paths of a fix begin behind '" + std::string(root) + "'";
    return step;
  }
  rest = core::trim(rest.substr(length));
  if (step.kind == FixStep::Kind::kRemove) {
    if (!rest.empty()) error = "nothing comes behind the path of a 'remove'";
    return step;
  }
  if (rest.empty() || rest[0] != '=') {
    error = "'=' and a value are missing behind " + step.path;
    return step;
  }
  step.value = core::trim(rest.substr(1));
  auto tree = syntax::read_json(0, step.value);
  const syntax::Node* document = tree->root ? tree->root->child(0) : nullptr;
  const syntax::Node* value = document ? document->child(0) : nullptr;
  if (!tree->problems.empty() || value == nullptr) {
    error = "the value of " + step.path + " is not JSON: " + step.value;
  } else if (step.kind == FixStep::Kind::kAdd && value->kind != syntax::NodeKind::kSequence) {
    error = "'add' wants a list: add " + step.path + " = [" + step.value + "]";
  }
  return step;
}

std::string describe_fix(const FixRecipe& recipe) {
  std::string out;
  for (const FixStep& step : recipe.steps) {
    if (!out.empty()) out += ", ";
    bool first = out.empty();
    if (step.kind == FixStep::Kind::kRemove)
      out += (first ? "Remove " : "remove ") + step.path;
    else if (step.kind == FixStep::Kind::kAdd)
      out += (first ? "Add " : "add ") + step.value + " to " + step.path;
    else
      out += (first ? "Set " : "set ") + step.path + " to " + step.value;
  }
  return out;
}

const FixRecipe* find_recipe(const Rule& rule, std::string_view format, std::string_view type) {
  for (const FixRecipe& recipe : rule.fixes) {
    bool types = false, type_fits = false, formats = false, format_fits = false;
    for (const std::string& word : recipe.only) {
      bool is_type = word.find('/') != std::string::npos;
      (is_type ? types : formats) = true;
      if (is_type && word == type) type_fits = true;
      if (!is_type && word == format) format_fits = true;
    }
    if ((!types || type_fits) && (!formats || format_fits)) return &recipe;
  }
  return nullptr;
}

}  // namespace assay::rules
