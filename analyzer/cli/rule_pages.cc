#include "analyzer/cli/rule_pages.h"

#include <algorithm>

#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "rules/lang/pack/fix_fence.h"

namespace assay::cli {
namespace {

using rules::Rule;
using rules::RuleInfo;

std::string_view fix_name(rules::FixKind kind) {
  return kind == rules::FixKind::kSafe     ? "safe"
         : kind == rules::FixKind::kUnsafe ? "unsafe"
                                           : "none";
}

std::string step_text(const rules::FixStep& step) {
  switch (step.kind) {
    case rules::FixStep::Kind::kSet:
      return "set " + step.path + " = " + step.value;
    case rules::FixStep::Kind::kAdd:
      return "add " + step.path + " = " + step.value;
    case rules::FixStep::Kind::kRemove:
      return "remove " + step.path;
  }
  return {};
}

std::string alias_text(const RuleInfo& info) {
  std::string out;
  for (const rules::Alias& alias : info.aliases)
    out += (out.empty() ? "" : ", ") + alias.id + " (" + alias.tool + ")";
  return out;
}

// "cis-aws 1.4: 2.1.5, 2.1.6; nist-800-53 r5: AC-3"
std::string control_text(const RuleInfo& info) {
  std::string out, last;
  for (const rules::Control& control : info.controls) {
    std::string framework =
        control.framework + (control.version.empty() ? "" : " " + control.version);
    if (framework == last)
      out += ", " + control.id;
    else
      out += (out.empty() ? "" : "; ") + framework + ": " + control.id;
    last = std::move(framework);
  }
  return out;
}

std::string indented(std::string_view text, std::string_view by) {
  std::string out;
  for (std::string_view line : core::split_lines(text))
    out.append(line.empty() ? "" : by).append(line).append("\n");
  return out;
}

std::string logic_of(const Rule& rule) { return std::string(core::trim_right(rule.logic)); }

// The first bad and the first good example of each format.
std::vector<const rules::Example*> shown_examples(const std::vector<rules::Example>& examples) {
  std::vector<const rules::Example*> out;
  for (bool bad : {true, false}) {
    std::vector<std::string_view> seen;
    for (const rules::Example& example : examples) {
      if (example.bad != bad || std::find(seen.begin(), seen.end(), example.format) != seen.end())
        continue;
      seen.push_back(example.format);
      out.push_back(&example);
    }
  }
  return out;
}

// Cells of a table: a bar would end one.
std::string cell(std::string_view text) {
  return core::replace_all(core::replace_all(text, "|", "\\|"), "\n", " ");
}

std::string folder_of(const Rule& rule) {
  size_t slash = rule.info.source.rfind('/');
  return slash == std::string::npos ? "other" : rule.info.source.substr(0, slash);
}

std::string depth_prefix(std::string_view page) {
  std::string out = "../../";
  for (char c : page) {
    if (c == '/') out += "../";
  }
  return out;
}

void append_rule(const Rule& rule, const std::string& page, std::string& out) {
  const RuleInfo& info = rule.info;
  out += "## <a id=\"" + core::to_lower_ascii(info.id) + "\"></a>" + info.id + " " + info.name +
         "\n\n";
  out += "**" + info.title + "**\n\n";
  out += "Severity " + std::string(rules::severity_name(info.severity)) + " · precision " +
         info.precision + " · " + core::join(info.formats, ", ") +
         " · fix: " + std::string(fix_name(info.fix)) + "\n";
  for (const auto& [heading, text] :
       {std::pair{"", &info.what}, std::pair{"**Why it matters.** ", &info.why},
        std::pair{"**How to fix.** ", &info.how}}) {
    if (!text->empty()) out += "\n" + std::string(heading) + *text + "\n";
  }
  for (const rules::FixRecipe& recipe : rule.fixes) {
    out += "\nWhat `--fix" + std::string(info.fix == rules::FixKind::kUnsafe ? "=unsafe" : "") +
           "` does" + (recipe.only.empty() ? "" : " (" + core::join(recipe.only, ", ") + ")") +
           ":\n\n```\n";
    for (const rules::FixStep& step : recipe.steps) out += step_text(step) + "\n";
    out += "```\n";
  }
  out += "\nIt is a violation when\n\n```" + rule.language + "\n" + logic_of(rule) + "\n```\n\n";
  out += "- Judges: " + core::join(info.resources, ", ") +
         (rule.each.empty() ? "" : "; each of " + rule.each) + "\n";
  if (!info.cwe.empty()) out += "- CWE: " + core::join(info.cwe, ", ") + "\n";
  if (!info.aliases.empty()) out += "- Also known as: " + alias_text(info) + "\n";
  if (!info.controls.empty()) out += "- Controls: " + control_text(info) + "\n";
  out += "- Examples: [" + info.source + "](" + depth_prefix(page) + "rules/packs/" + info.source +
         ")\n\n";
}

}  // namespace

std::string rule_page(const Rule& rule, const std::vector<rules::Example>& examples) {
  const RuleInfo& info = rule.info;
  std::string out = info.id + " " + info.name + "  (" +
                    std::string(rules::severity_name(info.severity)) + ")\n\n";
  out += info.title + "\n";
  for (const auto& [heading, text] :
       {std::pair{"What it does", &info.what}, std::pair{"Why it matters", &info.why},
        std::pair{"How to fix", &info.how}}) {
    if (!text->empty()) out += "\n" + std::string(heading) + "\n" + *text + "\n";
  }
  for (const rules::FixRecipe& recipe : rule.fixes) {
    out += "\nFix, " + std::string(fix_name(info.fix)) +
           (info.fix == rules::FixKind::kSafe
                ? " (assay scan --fix)"
                : " (assay scan --fix=unsafe; may replace, interrupt or cut off)");
    if (!recipe.only.empty()) out += ", for " + core::join(recipe.only, ", ");
    out += "\n";
    for (const rules::FixStep& step : recipe.steps) out += "  " + step_text(step) + "\n";
  }
  for (const rules::Example* example : shown_examples(examples)) {
    out += "\n" + std::string(example->bad ? "Flagged" : "Fine") + " (" + example->format + ")\n";
    for (const rules::ExampleFile& file : example->files) {
      if (example->files.size() > 1) out += "  --- " + file.path + "\n";
      out += indented(file.text, "  ");
    }
  }
  out += "\n";
  for (const auto& [label, text] :
       {std::pair{"Judges", core::join(info.resources, ", ") +
                                (rule.each.empty() ? "" : "; each of " + rule.each)},
        std::pair{"Formats", core::join(info.formats, ", ")},
        std::pair{"Precision", info.precision}, std::pair{"CWE", core::join(info.cwe, ", ")},
        std::pair{"Tags", core::join(info.tags, ", ")},
        std::pair{"Also known as", alias_text(info)}, std::pair{"Controls", control_text(info)},
        std::pair{"Source", info.source}}) {
    if (!text.empty()) out += std::string(label) + ": " + text + "\n";
  }
  out += "\nLogic (" + rule.language + ", true is a violation)\n" + indented(logic_of(rule), "  ");
  return out + "\nSuppress: # assay:ignore " + info.id + " REASON\n";
}

std::string rules_json(const std::vector<Rule>& all) {
  std::string out;
  core::JsonWriter json(out, core::JsonWriter::Style::kPretty);
  auto texts = [&](std::string_view key, const std::vector<std::string>& values) {
    json.key(key);
    json.begin_array();
    for (const std::string& value : values) json.value(value);
    json.end_array();
  };
  json.begin_object();
  json.field("version", 1);
  json.key("rules");
  json.begin_array();
  for (const Rule& rule : all) {
    const RuleInfo& info = rule.info;
    json.begin_object();
    json.field("id", info.id);
    json.field("name", info.name);
    json.field("severity", rules::severity_name(info.severity));
    json.field("precision", info.precision);
    json.field("title", info.title);
    json.field("description", info.what);
    json.field("rationale", info.why);
    json.field("remediation", info.how);
    texts("formats", info.formats);
    texts("resources", info.resources);
    json.key("aliases");
    json.begin_array();
    for (const rules::Alias& alias : info.aliases) json.value(alias.id);
    json.end_array();
    json.key("controls");
    json.begin_array();
    for (const rules::Control& control : info.controls) {
      json.begin_object();
      json.field("framework", control.framework);
      json.field("version", control.version);
      json.field("id", control.id);
      json.end_object();
    }
    json.end_array();
    texts("cwe", info.cwe);
    texts("tags", info.tags);
    json.key("fix");
    if (rule.fixes.empty()) {
      json.null();
    } else {
      json.begin_object();
      json.field("kind", fix_name(info.fix));
      json.key("recipes");
      json.begin_array();
      for (const rules::FixRecipe& recipe : rule.fixes) {
        json.begin_object();
        texts("only", recipe.only);
        json.key("steps");
        json.begin_array();
        for (const rules::FixStep& step : recipe.steps) json.value(step_text(step));
        json.end_array();
        json.end_object();
      }
      json.end_array();
      json.end_object();
    }
    json.field("language", rule.language);
    json.field("logic", logic_of(rule));
    json.field("source", info.source);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out + "\n";
}

std::map<std::string, std::string> rule_reference(const std::vector<Rule>& all) {
  std::map<std::string, std::vector<const Rule*>> folders;
  for (const Rule& rule : all) folders[folder_of(rule)].push_back(&rule);
  std::map<std::string, std::string> out;
  size_t safe = 0, unsafe = 0;
  for (const Rule& rule : all) {
    safe += rule.info.fix == rules::FixKind::kSafe;
    unsafe += rule.info.fix == rules::FixKind::kUnsafe;
  }
  std::string& index = out["README.md"];
  index = "# Rules\n\n" + std::to_string(all.size()) + " built-in rules; " + std::to_string(safe) +
          " have a safe fix, " + std::to_string(unsafe) +
          " an unsafe one. Made by `assay rules --format markdown --output docs/rules` from the "
          "rule files\n"
          "below `rules/packs`; `assay explain RULE` prints the same and the examples.\n";
  for (auto& [folder, list] : folders) {
    std::string page = folder + ".md";
    std::sort(list.begin(), list.end(),
              [](const Rule* a, const Rule* b) { return a->info.id < b->info.id; });
    std::string& text = out[page];
    text = "# Rules: " + folder + "\n\n";
    index += "\n## [" + folder + "](" + page +
             ")\n\n| id | name | severity | formats | fix | what is flagged "
             "|\n|---|---|---|---|---|---|\n";
    for (const Rule* rule : list) {
      const RuleInfo& info = rule->info;
      std::string anchor = core::to_lower_ascii(info.id);
      text += "- [" + info.id + " " + info.name + "](#" + anchor + ")\n";
      index += "| [" + info.id + "](" + page + "#" + anchor + ") | " + info.name + " | " +
               std::string(rules::severity_name(info.severity)) + " | " +
               core::join(info.formats, ", ") + " | " +
               (info.fix == rules::FixKind::kNone ? "" : std::string(fix_name(info.fix))) + " | " +
               cell(info.title) + " |\n";
    }
    text += "\n";
    for (const Rule* rule : list) append_rule(*rule, page, text);
    while (text.ends_with("\n\n")) text.pop_back();
  }
  return out;
}

}  // namespace assay::cli
