#include "rules/lang/pack/rule_file.h"

#include <algorithm>
#include <map>

#include "parsers/core/suggest.h"
#include "parsers/core/text.h"
#include "parsers/syntax/yaml/reader.h"
#include "rules/lang/pack/fix_fence.h"

namespace assay::rules {
namespace {

using syntax::Node;
using syntax::NodeKind;

// A front matter line may hold several keys, with two blanks or more between: each gets its own line.
std::string one_key_per_line(std::string_view line) {
  std::string out(line);
  if (line.empty() || line[0] == ' ' || line[0] == '#') return out;
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    char c = out[i];
    if (quote) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (depth == 0 && c == ' ' && i + 2 < out.size() && out[i + 1] == ' ') {
      size_t word = out.find_first_not_of(' ', i);
      if (word == std::string::npos) break;
      size_t end = out.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", word);
      if (end != std::string::npos && end > word && out.compare(end, 2, ": ") == 0) out[word - 1] = '\n';
      i = word - 1;
    }
  }
  return out;
}

struct FrontMatter {
  RuleFile& file;
  uint32_t line;

  void error(std::string message) { file.errors.push_back({line, std::move(message)}); }

  std::string text(const Node* node) {
    if (node && (node->kind == NodeKind::kScalar || node->kind == NodeKind::kString)) {
      return std::string(node->text);
    }
    if (node && node->kind != NodeKind::kNull) error("expected a single value");
    return {};
  }
  std::vector<std::string> texts(const Node* node) {
    if (node && node->kind == NodeKind::kSequence) {
      std::vector<std::string> out;
      for (const Node* child : node->children()) out.push_back(text(child));
      return out;
    }
    std::string one = text(node);
    return one.empty() ? std::vector<std::string>{} : std::vector<std::string>{one};
  }
};

void read_aliases(FrontMatter& front, const Node* node) {
  if (!node || node->kind != NodeKind::kMapping) return front.error("aliases: expected {tool: [id, ...]}");
  for (const Node* pair : node->children()) {
    for (std::string& id : front.texts(pair->child(1))) {
      front.file.rule.info.aliases.push_back({std::string(pair->child(0)->text), std::move(id)});
    }
  }
}

void read_controls(FrontMatter& front, const Node* node) {
  if (!node || node->kind != NodeKind::kMapping) {
    return front.error("controls: expected {framework: {version: [id, ...]}}");
  }
  auto& controls = front.file.rule.info.controls;
  for (const Node* pair : node->children()) {
    std::string framework(pair->child(0)->text);
    const Node* value = pair->child(1);
    if (value && value->kind == NodeKind::kMapping) {
      for (const Node* version : value->children()) {
        for (std::string& id : front.texts(version->child(1))) {
          controls.push_back({framework, std::string(version->child(0)->text), std::move(id)});
        }
      }
    } else {
      for (std::string& id : front.texts(value)) controls.push_back({framework, "", std::move(id)});
    }
  }
}

bool is_rule_id(std::string_view id) {
  size_t letters = id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return letters != std::string_view::npos && letters >= 3 && id.size() == letters + 4 &&
         id.find_first_not_of("0123456789", letters) == std::string_view::npos;
}

void read_key(FrontMatter& front, std::string_view key, const Node* value) {
  static constexpr std::string_view kKeys[] = {"id", "name", "severity", "precision", "resources", "formats",
                                               "each", "at", "message", "cwe", "fix", "aliases",
                                               "controls", "published", "tags"};
  Rule& rule = front.file.rule;
  RuleInfo& info = rule.info;
  if (key == "id") {
    info.id = front.text(value);
    if (!is_rule_id(info.id)) front.error("id: three capital letters or more and four digits, as AWS0101");
  } else if (key == "name") {
    info.name = front.text(value);
    bool fine = !info.name.empty() && info.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
                                          std::string::npos;
    if (!fine) front.error("name: lower-case words joined by '-'");
  } else if (key == "severity") {
    std::string text = front.text(value);
    if (auto severity = parse_severity(text)) info.severity = *severity;
    else front.error("severity: critical, high, medium, low or info, not '" + text + "'");
  } else if (key == "precision") {
    info.precision = front.text(value);
    static constexpr std::string_view kAll[] = {"very-high", "high", "medium", "low"};
    if (std::find(std::begin(kAll), std::end(kAll), info.precision) == std::end(kAll)) {
      front.error("precision: very-high, high, medium or low, not '" + info.precision + "'");
    }
  } else if (key == "fix") {
    std::string text = front.text(value);
    if (text == "safe") info.fix = FixKind::kSafe;
    else if (text == "unsafe") info.fix = FixKind::kUnsafe;
    else if (text != "none") front.error("fix: none, safe or unsafe, not '" + text + "'");
  } else if (key == "resources") {
    info.resources = front.texts(value);
  } else if (key == "formats") {
    info.formats = front.texts(value);
  } else if (key == "each") {
    rule.each = front.text(value);
  } else if (key == "at") {
    rule.at = front.texts(value);
  } else if (key == "message") {
    info.message = front.text(value);
  } else if (key == "cwe") {
    info.cwe = front.texts(value);
  } else if (key == "published") {
    info.published = front.texts(value);
  } else if (key == "tags") {
    info.tags = front.texts(value);
  } else if (key == "aliases") {
    read_aliases(front, value);
  } else if (key == "controls") {
    read_controls(front, value);
  } else {
    std::vector<std::string_view> known(std::begin(kKeys), std::end(kKeys));
    front.error("unknown key '" + std::string(key) + "'" + core::did_you_mean(key, known));
  }
}

void read_front_matter(RuleFile& file, const std::vector<std::string_view>& lines, size_t begin, size_t end) {
  std::string text;
  std::vector<uint32_t> line_of;  // of each line of `text`, in the rule file
  for (size_t i = begin; i < end; ++i) {
    std::string line = one_key_per_line(lines[i]);
    for (size_t n = 0; n <= static_cast<size_t>(std::count(line.begin(), line.end(), '\n')); ++n) {
      line_of.push_back(static_cast<uint32_t>(i + 1));
    }
    text += line + "\n";
  }
  auto tree = syntax::read_yaml(0, text);
  core::LineIndex index(text);
  auto file_line = [&](uint32_t offset) {
    uint32_t line = index.position(offset).line;
    return line <= line_of.size() ? line_of[line - 1] : static_cast<uint32_t>(begin + 1);
  };
  for (const core::Problem& problem : tree->problems) {
    file.errors.push_back({file_line(problem.span.begin), problem.message});
  }
  const Node* document = tree->root ? tree->root->child(0) : nullptr;
  const Node* mapping = document ? document->child(0) : nullptr;
  if (!mapping || mapping->kind != NodeKind::kMapping) {
    file.errors.push_back({static_cast<uint32_t>(begin + 1), "the front matter must be a mapping"});
    return;
  }
  FrontMatter front{file, 0};
  for (const Node* pair : mapping->children()) {
    front.line = file_line(pair->begin);
    read_key(front, pair->child(0)->text, pair->child(1));
  }
  front.line = static_cast<uint32_t>(begin + 1);
  const RuleInfo& info = file.rule.info;
  if (info.id.empty()) front.error("id is missing");
  if (info.name.empty()) front.error("name is missing");
  if (info.precision.empty()) front.error("precision is missing");
  if (info.resources.empty()) front.error("resources is missing");
  for (const std::string& framework : info.published) {
    bool any = std::any_of(info.controls.begin(), info.controls.end(),
                           [&](const Control& control) { return control.framework == framework; });
    if (!any) front.error("published: there is no control of '" + framework + "'");
  }
}

void derive_formats(RuleInfo& info) {
  if (!info.formats.empty()) return;
  auto add = [&](std::string_view format) {
    if (std::find(info.formats.begin(), info.formats.end(), format) == info.formats.end()) {
      info.formats.emplace_back(format);
    }
  };
  for (const std::string& type : info.resources) {
    if (type.starts_with("kubernetes/")) {
      add("kubernetes");
    } else if (type.starts_with("text/")) {
      add("text");
    } else if (type.starts_with("cloudformation/")) {
      add("cloudformation");
    } else {
      add("terraform");
      if (type.starts_with("aws/")) add("cloudformation");
    }
  }
}

std::string_view format_of(std::string_view language, std::string_view text) {
  if (language == "hcl") return "terraform";
  bool kubernetes = text.find("apiVersion") != std::string_view::npos &&
                    text.find("kind") != std::string_view::npos;
  if (language == "json" && text.find("deploymentTemplate.json") != std::string_view::npos) return "arm";
  if (kubernetes) return "kubernetes";
  if (text.find("Resources") != std::string_view::npos || text.find("Parameters") != std::string_view::npos) {
    return "cloudformation";
  }
  return language == "json" ? "terraform" : "kubernetes";
}

std::vector<Expectation> expectations_in(const std::vector<std::string_view>& lines) {
  std::vector<Expectation> out;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (auto [marker, verdict] : {std::pair{std::string_view("error:"), Verdict::kFail},
                                   std::pair{std::string_view("maybe:"), Verdict::kMaybe}}) {
      for (std::string_view introducer : {"# ", "// "}) {
        std::string wanted = std::string(introducer) + std::string(marker);
        size_t at = lines[i].find(wanted);
        if (at == std::string_view::npos) continue;
        out.push_back({static_cast<uint32_t>(i + 1), verdict,
                       std::string(core::trim(lines[i].substr(at + wanted.size())))});
      }
    }
  }
  return out;
}

struct Fence {
  std::string_view language;
  std::vector<std::string_view> words;  // behind the language
  std::vector<std::string_view> lines;
  uint32_t line;  // of the first line inside
};

void read_example(RuleFile& file, const Fence& fence, std::map<std::string, size_t>& cases) {
  bool bad = fence.words[0] == "bad";
  std::string name, key;
  bool nofix = false;
  for (std::string_view word : fence.words) {
    if (word == "nofix") nofix = true;
    else if (word.starts_with("file=")) name = word.substr(5);
    else if (word.starts_with("case=")) key = std::string(fence.words[0]) + std::string(word.substr(5));
  }
  ExampleFile example;
  for (std::string_view line : fence.lines) example.text.append(line).append("\n");
  example.path = !name.empty() ? name
                 : fence.language == "hcl" ? "main.tf"
                 : fence.language == "json" ? "main.json" : "main.yaml";
  example.language = fence.language;
  example.expectations = expectations_in(fence.lines);
  auto known = key.empty() ? cases.end() : cases.find(key);
  if (known == cases.end()) {
    bool only_text = file.rule.info.formats.size() == 1 && file.rule.info.formats[0] == "text";
    std::string format(only_text ? "text" : format_of(fence.language, example.text));
    file.examples.push_back({bad, nofix, std::move(format), fence.line, {}});
    if (!key.empty()) cases[key] = file.examples.size() - 1;
    file.examples.back().files.push_back(std::move(example));
  } else {
    file.examples[known->second].files.push_back(std::move(example));
  }
}

void read_fix(RuleFile& file, const Fence& fence) {
  static constexpr std::string_view kFormats[] = {"terraform", "cloudformation", "kubernetes"};
  FixRecipe recipe;
  for (std::string_view word : fence.words) {
    const auto& types = file.rule.info.resources;
    bool format = std::find(std::begin(kFormats), std::end(kFormats), word) != std::end(kFormats);
    if (!format && std::find(types.begin(), types.end(), word) == types.end()) {
      file.errors.push_back({fence.line - 1, "a fix is for formats or for types of the rule, not for '" +
                                                 std::string(word) + "'"});
    }
    recipe.only.emplace_back(word);
  }
  for (size_t i = 0; i < fence.lines.size(); ++i) {
    if (core::trim(fence.lines[i]).empty()) continue;
    std::string error;
    recipe.steps.push_back(parse_fix_step(fence.lines[i], error));
    if (!error.empty()) file.errors.push_back({fence.line + static_cast<uint32_t>(i), std::move(error)});
  }
  if (recipe.steps.empty()) file.errors.push_back({fence.line, "this fix has no steps"});
  file.rule.fixes.push_back(std::move(recipe));
}

void read_fence(RuleFile& file, const Fence& fence, std::map<std::string, size_t>& cases) {
  bool is_example = !fence.words.empty() && (fence.words[0] == "bad" || fence.words[0] == "good");
  if (is_example) {
    read_example(file, fence, cases);
  } else if (fence.language == "fix") {
    read_fix(file, fence);
  } else if (fence.language == "cel" || fence.language == "rego") {
    if (!file.rule.logic.empty()) {
      file.errors.push_back({fence.line, "a rule has one logic fence, this is the second"});
    }
    file.rule.language = fence.language;
    file.logic_line = fence.line;
    for (std::string_view line : fence.lines) file.rule.logic.append(line).append("\n");
  }
}

}  // namespace

RuleFile parse_rule_file(std::string path, std::string_view text) {
  RuleFile file;
  file.rule.info.source = std::move(path);
  std::vector<std::string_view> lines = core::split_lines(text);
  size_t at = 0;
  if (lines.empty() || lines[0] != "---") {
    file.errors.push_back({1, "a rule file starts with front matter between two lines of ---"});
    return file;
  }
  size_t end = 1;
  while (end < lines.size() && lines[end] != "---") ++end;
  read_front_matter(file, lines, 1, end);
  derive_formats(file.rule.info);
  std::string* section = nullptr;
  std::map<std::string, size_t> cases;
  for (at = end + 1; at < lines.size(); ++at) {
    std::string_view line = lines[at];
    if (line.starts_with("```")) {
      Fence fence;
      fence.line = static_cast<uint32_t>(at + 2);
      fence.words = core::split(core::trim(line.substr(3)), ' ');
      std::erase_if(fence.words, [](std::string_view word) { return word.empty(); });
      if (!fence.words.empty()) {
        fence.language = fence.words[0];
        fence.words.erase(fence.words.begin());
      }
      size_t first = at + 1;
      while (++at < lines.size() && lines[at] != "```") fence.lines.push_back(lines[at]);
      if (at == lines.size()) file.errors.push_back({fence.line - 1, "this fence is not closed by ```"});
      bool is_prose = fence.language == "text" || (section && fence.words.empty() && fence.language != "cel" &&
                                                   fence.language != "rego" && fence.language != "fix");
      if (is_prose && section) {
        section->append("```").append(fence.language).append("\n");
        for (std::string_view inner : fence.lines) section->append(inner).append("\n");
        section->append("```\n");
      } else {
        (void)first;
        read_fence(file, fence, cases);
      }
    } else if (line.starts_with("# ")) {
      file.rule.info.title = core::trim(line.substr(2));
    } else if (line.starts_with("## ")) {
      std::string_view heading = core::trim(line.substr(3));
      RuleInfo& info = file.rule.info;
      section = heading == "What it does" ? &info.what
                : heading == "Why it matters" ? &info.why
                : heading == "How to fix" ? &info.how : nullptr;
      if (!section) {
        file.errors.push_back({static_cast<uint32_t>(at + 1),
                               "sections are 'What it does', 'Why it matters' and 'How to fix'"});
      }
    } else if (section && (!line.empty() || !section->empty())) {
      section->append(line).append("\n");
    }
  }
  for (std::string* prose : {&file.rule.info.what, &file.rule.info.why, &file.rule.info.how}) {
    *prose = core::trim(*prose);
  }
  uint32_t front = 1;
  if (file.rule.info.title.empty()) file.errors.push_back({front, "the title (# ...) is missing"});
  if (file.rule.info.how.empty()) file.errors.push_back({front, "the section 'How to fix' is missing"});
  if (file.rule.logic.empty()) file.errors.push_back({front, "the logic (a ```cel fence) is missing"});
  bool says = file.rule.info.fix != FixKind::kNone;
  if (says && file.rule.fixes.empty()) file.errors.push_back({front, "fix is promised, but a ```fix fence is missing"});
  if (!says && !file.rule.fixes.empty()) {
    file.errors.push_back({front, "there is a ```fix fence: fix is to be safe or unsafe"});
  }
  return file;
}

}  // namespace assay::rules
