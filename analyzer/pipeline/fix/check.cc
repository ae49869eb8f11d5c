#include "analyzer/pipeline/fix/check.h"

#include <algorithm>
#include <map>

#include "analyzer/pipeline/fix/apply.h"
#include "analyzer/pipeline/fix/fix.h"
#include "rules/engine/evaluator.h"

namespace assay::pipeline {
namespace {

constexpr size_t kMaxRounds = 8;

using rules::Finding;
using Texts = std::map<std::string, std::string>;  // by path

std::unique_ptr<Scan> analyse(const Texts& texts) {
  core::MemoryFileSystem files;
  for (const auto& [path, text] : texts) files.add_file("/example/" + path, text);
  ScanOptions options;
  options.paths = {"/example"};
  options.current_directory = "/example";
  options.rules_enabled = false;
  return scan(files, options);
}

// What the rules find, without their places: how often each does at each resource.
std::map<std::string, size_t> voices(const Scan& scan, const rules::RuleSet& rules) {
  std::map<std::string, size_t> out;
  for (const Finding& finding : rules::evaluate(scan.project, rules, {}).findings) {
    ++out[rules.rules()[finding.rule].info.id + " " + rules.rules()[finding.rule].info.name +
          " at " + finding.resource.address];
  }
  return out;
}

std::vector<std::string> comments_of(const Scan& scan) {
  std::vector<std::string> out;
  for (const auto& tree : scan.trees) {
    if (!tree) continue;
    for (const syntax::Comment& comment : tree->comments) {
      out.emplace_back(tree->source.substr(comment.begin, comment.end - comment.begin));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

size_t errors_of(const Scan& scan) {
  size_t count = 0;
  for (const auto& tree : scan.trees) {
    for (const core::Problem& problem : tree ? tree->problems : core::Problems{}) {
      count += problem.severity == core::ProblemSeverity::kError;
    }
  }
  return count;
}

// One round: the edits of all findings that do not touch each other. False when there is none.
bool apply_round(Scan& scan, const std::vector<Finding>& findings, Texts& texts, std::string& why) {
  Fixer fixer(scan);
  std::map<core::FileId, std::vector<rules::TextEdit>> edits;
  for (const Finding& finding : findings) {
    std::optional<rules::Fix> fix = fixer.fix(finding, &why);
    if (!fix) continue;
    bool free = std::all_of(fix->edits.begin(), fix->edits.end(), [&](const rules::TextEdit& edit) {
      return std::none_of(edits[edit.span.file].begin(), edits[edit.span.file].end(),
                          [&](const rules::TextEdit& other) {
                            return edit.span.begin <= other.span.end &&
                                   other.span.begin <= edit.span.end;
                          });
    });
    if (!free) continue;
    for (const rules::TextEdit& edit : fix->edits) edits[edit.span.file].push_back(edit);
  }
  bool any = false;
  for (auto& [file, list] : edits) {
    if (list.empty()) continue;
    any = true;
    texts[scan.sources.path(file)] = with_edits(scan.sources.text(file), std::move(list));
  }
  return any;
}

class FixCheck {
 public:
  FixCheck(const rules::RuleFile& file, const rules::RuleSet* others)
      : file_(file), others_(others) {
    set_.add(file.rule);
    set_.seal();
  }

  std::string check(const rules::Example& example) {
    Texts texts;
    for (const rules::ExampleFile& file : example.files) texts[file.path] = file.text;
    std::unique_ptr<Scan> scan = analyse(texts);
    std::vector<std::string> comments = comments_of(*scan);
    size_t errors = errors_of(*scan);
    std::map<std::string, size_t> before;
    if (others_) before = voices(*scan, *others_);
    std::string why;
    std::vector<Finding> findings = judge(*scan);
    for (size_t round = 0; round < kMaxRounds && !findings.empty(); ++round) {
      if (!apply_round(*scan, findings, texts, why)) break;
      scan = analyse(texts);
      findings = judge(*scan);
    }
    auto shown = [&] {
      std::string out;
      for (const auto& [path, text] : texts) out += "\n--- " + path + "\n" + text;
      return out;
    };
    if (!findings.empty()) {
      return "the fix leaves a finding at " + findings[0].resource.address +
             (why.empty() ? "" : ": " + why) + shown();
    }
    if (errors_of(*scan) > errors) return "the fixed example has syntax errors" + shown();
    if (comments_of(*scan) != comments) return "the fix loses or changes comments" + shown();
    if (!others_) return {};
    for (const auto& [voice, count] : voices(*scan, *others_)) {
      if (count > before[voice]) return "the fix brings " + voice + shown();
    }
    return {};
  }

 private:
  std::vector<Finding> judge(Scan& scan) {
    rules::RuleSet own;
    own.add(file_.rule);
    own.seal();
    scan.rules = std::move(own);
    scan.report.sources = &scan.sources;
    return rules::evaluate(scan.project, scan.rules, {}).findings;
  }

  const rules::RuleFile& file_;
  const rules::RuleSet* others_;
  rules::RuleSet set_;
};

}  // namespace

std::vector<TestFailure> check_fix(const rules::RuleFile& file, const rules::RuleSet* others,
                                   size_t& fixed) {
  std::vector<TestFailure> out;
  if (file.rule.info.fix == rules::FixKind::kNone) return out;
  FixCheck checker(file, others);
  std::map<std::string, bool> repaired;  // by format that has a recipe
  for (const std::string& format : file.rule.info.formats) {
    bool any = std::any_of(file.rule.fixes.begin(), file.rule.fixes.end(),
                           [&](const rules::FixRecipe& recipe) {
                             bool formats = false, fits = false;
                             for (const std::string& word : recipe.only) {
                               formats = formats || word.find('/') == std::string::npos;
                               fits = fits || word == format;
                             }
                             return !formats || fits;
                           });
    if (any) repaired[format] = false;
  }
  for (const rules::Example& example : file.examples) {
    if (!example.bad || example.nofix || !repaired.contains(example.format)) continue;
    std::string failure = checker.check(example);
    if (failure.empty())
      ++fixed, repaired[example.format] = true;
    else
      out.push_back({example.line, std::move(failure)});
  }
  for (const auto& [format, done] : repaired) {
    if (!done && out.empty())
      out.push_back({1, "no bad example for " + format + " is repaired by the fix"});
  }
  return out;
}

}  // namespace assay::pipeline
