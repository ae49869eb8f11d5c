// The data of the HTML report: texts that many findings share stand once, findings are arrays in the order that
// html/report.js names at its top.
#include <map>

#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"
#include "sarif/escape.h"
#include "sarif/frame.h"
#include "sarif/html_parts.h"
#include "sarif/places.h"

namespace assay::report {
namespace {

using core::JsonWriter;
using rules::Finding;
using rules::Report;

constexpr uint64_t kFrameBytes = uint64_t{12} << 20;  // beyond, findings come without code
constexpr uint64_t kDataBytes = uint64_t{24} << 20;   // beyond, findings are left out: browsers grow slow
constexpr size_t kMaxOriginSteps = 30;
constexpr size_t kMaxText = 4000;

// Numbers for texts, in the order of their first use.
class Table {
 public:
  size_t index(const std::string& text) {
    auto [at, fresh] = numbers_.try_emplace(text, texts_.size());
    if (fresh) texts_.push_back(text);
    return at->second;
  }
  void write(JsonWriter& json, std::string_view key) const {
    json.key(key).begin_array();
    for (const std::string& text : texts_) json.value(text);
    json.end_array();
  }

 private:
  std::map<std::string, size_t> numbers_;
  std::vector<std::string> texts_;
};

class DataWriter {
 public:
  DataWriter(const Report& report, const Redactor& redactor)
      : report_(report),
        redactor_(redactor),
        rule_of_(report.rules.size(), 0),
        json_(out_.json, JsonWriter::Style::kCompact, true) {
    json_.begin_object().key("findings").begin_array();
  }

  void add(const Finding& finding) {
    if (out_.json.size() > kDataBytes) {
      ++out_.left_out;
      return;
    }
    ++out_.findings;
    core::Span place = place_of(finding);
    json_.begin_array();
    json_.value(rule_index(finding.rule)).value(static_cast<int>(finding.severity)).value(verdict(finding));
    write_place(place);
    json_.value(types_.index(finding.resource.type)).value(address_of(finding, redactor_));
    json_.value(shortened(message_of(finding, redactor_), kMaxText)).value(note(finding));
    if (!place.valid() || place.end == 0) {
      json_.value(0);
    } else if (out_.json.size() > kFrameBytes) {
      ++out_.without_code;
      json_.value(0);
    } else {
      write_frame(place);
    }
    write_origin(finding);
    json_.end_array();
  }

  HtmlData finish() {
    json_.end_array().key("rules").begin_array();
    for (uint32_t index : rules_) {
      const rules::RuleInfo& rule = report_.rules[index];
      std::string aliases;
      for (const rules::Alias& alias : rule.aliases) aliases += alias.id + " ";
      json_.begin_object().field("id", rule.id).field("name", rule.name).field("aliases", aliases);
      json_.field("why", shortened(rule.why, kMaxText)).field("how", shortened(rule.how, kMaxText)).end_object();
    }
    json_.end_array();
    files_.write(json_, "files");
    types_.write(json_, "types");
    json_.end_object();
    return std::move(out_);
  }

 private:
  size_t rule_index(uint32_t rule) {
    if (rule_of_[rule] == 0) {
      rules_.push_back(rule);
      rule_of_[rule] = rules_.size();
    }
    return rule_of_[rule] - 1;
  }

  // As html/report.js lists them.
  static int verdict(const Finding& finding) {
    if (finding.suppressed) return 2;
    if (!rules::counts(finding)) return 3;
    return finding.verdict == rules::Verdict::kMaybe ? 1 : 0;
  }

  std::string note(const Finding& finding) {
    if (finding.suppressed) {
      std::string out = "Suppressed";
      if (!finding.suppressed->reason.empty()) out += ": " + finding.suppressed->reason;
      if (!finding.suppressed->until.empty()) out += " (until " + finding.suppressed->until + ")";
      return redactor_.message(out);
    }
    if (finding.verdict == rules::Verdict::kMaybe && !finding.depends_on.empty()) {
      return redactor_.message("Depends on " + core::join(finding.depends_on, ", "));
    }
    return finding.moved_from.empty() ? "" : redactor_.message("Moved from " + finding.moved_from);
  }

  void write_place(const core::Span& span) {
    if (!span.valid()) {
      json_.value(-1).value(0).value(0);
      return;
    }
    core::Position at = report_.sources->lines(span.file).position(span.begin);
    json_.value(files_.index(repository_path(report_, span.file)));
    json_.value(span.end == 0 ? 0 : at.line).value(at.column);
  }

  void write_frame(const core::Span& span) {
    json_.begin_array();
    for (const FrameLine& line : frame_of(report_, redactor_, span, 2)) {
      json_.begin_array().value(line.number).value(line.before).value(line.marked).value(line.after).end_array();
    }
    json_.end_array();
  }

  void write_origin(const Finding& finding) {
    size_t steps = 0;
    for (const rules::OriginStep& step : finding.origin) steps += step.span.valid() ? 1 : 0;
    if (steps < 2) {
      json_.value(0);
      return;
    }
    json_.begin_array();
    steps = 0;
    for (const rules::OriginStep& step : finding.origin) {
      if (!step.span.valid() || steps++ >= kMaxOriginSteps) continue;
      json_.begin_array().value(redactor_.message(step.what));
      write_place(step.span);
      json_.end_array();
    }
    json_.end_array();
  }

  const Report& report_;
  const Redactor& redactor_;
  HtmlData out_;
  std::vector<uint32_t> rules_;  // that findings name
  std::vector<size_t> rule_of_;  // by rule of the report: its place in rules_, from 1; 0 for none
  Table files_, types_;
  JsonWriter json_;
};

}  // namespace

HtmlData html_data(const Report& report, const Redactor& redactor, const Ranking& ranking) {
  DataWriter writer(report, redactor);
  for (uint32_t index : ranking.findings) writer.add(report.findings[index]);
  for (const Finding& finding : report.findings) {
    if (!rules::counts(finding)) writer.add(finding);
  }
  return writer.finish();
}

}  // namespace assay::report
