#include "analyzer/serve/judge.h"

#include <algorithm>

#include "analyzer/serve/place.h"
#include "parsers/formats/kubernetes/link.h"
#include "parsers/formats/kubernetes/lone.h"
#include "rules/engine/suppression.h"

namespace assay::serve {
namespace {

using model::Value;
using rules::Finding;
using rules::admission::Operation;
using rules::admission::Request;

constexpr size_t kMaxObjections = 200;  // that are described; the others are counted
constexpr size_t kMaxLines = 20;        // of a message

// One finding as the answer tells it.
struct Told {
  uint32_t rule = 0;
  const Finding* finding = nullptr;
  Place place;
  Mode mode = Mode::kAudit;
  bool existing = false;
};

// The view that a rule's attributes are seen from.
const Value& view_of(const model::Resource& resource, const rules::RuleInfo& rule) {
  for (const model::View& view : resource.views) {
    if (std::find(rule.resources.begin(), rule.resources.end(), view.type.text()) != rule.resources.end()) return view.value;
  }
  return resource.attributes;
}

// An object alone, as a project.
struct Alone {
  Alone(const core::SourceSet& sources, const model::Target& target, const Value& object) {
    project.sources = &sources;
    project.target = target;
    auto root = std::make_unique<model::Root>(4096);
    root->path = "AdmissionReview";
    resource = formats::add_object(object, *root);
    project.add(std::move(root));
    formats::link_kubernetes(project);
    project.seal();
  }
  model::Project project;
  const model::Resource* resource = nullptr;
};

class Judge {
 public:
  Judge(const Review& review, const PolicyState& policies, Workspace& workspace, core::Deadline deadline, Judgement& out)
      : review_(review), request_(review.request), policies_(policies), workspace_(workspace), deadline_(deadline), out_(out),
        asked_(policies.modes(), review.request) {}

  void run() {
    if (rules_apply()) ask_rules();
    if (!out_.failed) answer();
  }

 private:
  bool rules_apply() const {
    if (request_.operation != Operation::kCreate && request_.operation != Operation::kUpdate) return false;
    if (request_.object == nullptr || review_.deleting) return false;
    return request_.subresource != "status" && request_.subresource != "finalize";
  }

  void fail(int code, std::string_view reason, std::string message) {
    out_.failed = true;
    out_.refusal = {code, reason, std::move(message)};
  }

  void ask_rules() {
    Alone now(review_.sources, policies_.target(), *request_.object);
    if (now.resource == nullptr) return fail(400, "BadRequest", "request.object has no kind or no apiVersion");
    note_undecidable(*now.resource);
    rules::Evaluation& evaluation = workspace_.evaluation;
    workspace_.evaluator.evaluate(now.project, evaluation, deadline_);
    for (const rules::RuleFailure& failure : evaluation.failures) note_failure(failure);
    if (deadline_.expired_now()) {
      return fail(504, "Timeout", "the time that the API server gives is over before all rules were asked");
    }
    bool matters = false;
    for (Finding& finding : evaluation.findings) {
      Told& told = told_.emplace_back();
      told.rule = finding.rule;
      told.finding = &finding;
      told.mode = asked_.of_rule(finding.rule);
      if (told.mode == Mode::kOff) {
        told_.pop_back();
        continue;
      }
      // What is not certain denies nobody.
      if (finding.verdict == rules::Verdict::kMaybe) told.mode = std::min(told.mode, Mode::kWarn);
      told.place = place_of(*request_.object, view_of(*now.resource, info(finding.rule)), finding);
      matters |= told.mode > Mode::kAudit;
    }
    now_.swap(evaluation.findings);
    if (matters && request_.operation == Operation::kUpdate && request_.old_object &&
        policies_.modes().settings().existing != Mode::kEnforce) {
      compare_with_old();
    }
  }

  void compare_with_old() {
    Alone before(review_.sources, policies_.target(), *request_.old_object);
    if (before.resource == nullptr) return;
    workspace_.evaluator.evaluate(before.project, workspace_.evaluation, deadline_);
    if (deadline_.expired_now()) return fail(504, "Timeout", "the time that the API server gives is over before all rules were asked");
    std::vector<std::pair<uint32_t, std::string>> old;
    for (const Finding& finding : workspace_.evaluation.findings) {
      if (finding.verdict != rules::Verdict::kFail) continue;
      old.emplace_back(finding.rule, place_of(*request_.old_object, view_of(*before.resource, info(finding.rule)), finding).key);
    }
    std::sort(old.begin(), old.end());
    for (Told& told : told_) {
      auto at = std::lower_bound(old.begin(), old.end(), std::pair(told.rule, told.place.key));
      if (at == old.end() || at->first != told.rule || at->second != told.place.key) continue;
      old.erase(at);  // one for one: a second of its kind is new
      told.existing = true;
      told.mode = std::min(told.mode, policies_.modes().settings().existing);
    }
  }

  const rules::RuleInfo& info(uint32_t rule) const { return policies_.rules().rules()[rule].info; }

  // Rules about this kind of object that one object does not decide.
  void note_undecidable(const model::Resource& resource) {
    for (const model::View& view : resource.views) {
      for (uint32_t rule : policies_.undecidable().for_type(view.type)) {
        const std::string& id = policies_.undecidable().rules()[rule].info.id;
        if (undecided_.find(id) == std::string::npos) undecided_ += (undecided_.empty() ? "" : " ") + id;
      }
    }
  }

  void note_failure(const rules::RuleFailure& failure) {
    const std::vector<rules::Rule>& rules = policies_.rules().rules();
    auto at = std::lower_bound(rules.begin(), rules.end(), failure.rule,
                               [](const rules::Rule& rule, const std::string& id) { return rule.info.id < id; });
    if (at == rules.end() || at->info.id != failure.rule) return;
    Mode mode = asked_.of_rule(static_cast<uint32_t>(at - rules.begin()));
    if (mode == Mode::kOff) return;
    std::string text = failure.rule + " could not judge the object: " + failure.error;
    if (mode == Mode::kEnforce) failures_.push_back(std::move(text));
    else out_.reply.warnings.push_back(std::move(text));
  }

  std::string line_of(const Told& told) const {
    std::string line = info(told.rule).id + " " + told.finding->message;
    std::string where = told.place.element;
    if (!told.place.field.empty()) where += (where.empty() ? "" : ", ") + told.place.field;
    if (!where.empty()) line += " (" + where + ")";
    return line;
  }

  void answer() {
    std::stable_sort(told_.begin(), told_.end(), [&](const Told& a, const Told& b) {
      return std::pair(b.mode, info(b.rule).severity) < std::pair(a.mode, info(a.rule).severity);
    });
    Reply& reply = out_.reply;
    std::vector<std::string> lines;
    std::string denied, warned, audited;
    auto add_id = [](std::string& list, std::string_view id) {
      std::string spaced = " " + list + " ";
      if (spaced.find(" " + std::string(id) + " ") == std::string::npos) list += (list.empty() ? "" : " ") + std::string(id);
    };
    std::string explained;
    std::vector<std::string> warnings;
    for (const Told& told : told_) {
      const std::string& id = info(told.rule).id;
      if (out_.objections.size() < kMaxObjections) out_.objections.push_back({id, told.mode, told.existing});
      switch (told.mode) {
        case Mode::kEnforce:
          add_id(denied, id);
          add_id(explained, id);
          lines.push_back(line_of(told));
          reply.causes.push_back({id, told.finding->message, told.place.field});
          break;
        case Mode::kWarn:
          add_id(warned, id);
          warnings.push_back((told.existing ? "was there before: " : "") + line_of(told));
          break;
        default: add_id(audited, id);
      }
    }
    reply.warnings.insert(reply.warnings.begin(), warnings.begin(), warnings.end());
    reply.allowed = lines.empty();
    if (reply.allowed && !failures_.empty()) {
      fail(500, "InternalError", failures_.front() + (failures_.size() > 1 ? ", and " + std::to_string(failures_.size() - 1) + " more" : ""));
    }
    if (!reply.allowed) write_message(lines, explained);
    auto annotate = [&](const char* key, const std::string& text) {
      if (!text.empty()) reply.annotations.emplace_back(key, text);
    };
    annotate("denied", denied);
    annotate("warned", warned);
    annotate("audited", audited);
    annotate("not-evaluated", undecided_);
    annotate("generation", std::to_string(policies_.generation));
  }

  void write_message(const std::vector<std::string>& lines, const std::string& explained) {
    std::string& text = out_.reply.message;
    if (lines.size() > 1) text = std::to_string(lines.size()) + " findings:\n";
    for (size_t i = 0; i < std::min(lines.size(), kMaxLines); ++i) text += (lines.size() > 1 ? "- " : "") + lines[i] + "\n";
    if (lines.size() > kMaxLines) text += "and " + std::to_string(lines.size() - kMaxLines) + " more\n";
    text += "see: assay explain " + explained.substr(0, explained.find(' '));
  }

  const Review& review_;
  const Request& request_;
  const PolicyState& policies_;
  Workspace& workspace_;
  core::Deadline deadline_;
  Judgement& out_;
  Modes::Asked asked_;
  std::vector<Finding> now_;  // what told_ points into
  std::vector<Told> told_;
  std::vector<std::string> failures_;
  std::string undecided_;
};

}  // namespace

std::string_view mode_name(Mode mode) {
  switch (mode) {
    case Mode::kOff: return "off";
    case Mode::kAudit: return "audit";
    case Mode::kWarn: return "warn";
    case Mode::kEnforce: return "enforce";
  }
  return "";
}

void judge(const Review& review, const PolicyState& policies, Workspace& workspace, core::Deadline deadline, Judgement& out) {
  Judge(review, policies, workspace, deadline, out).run();
}

}  // namespace assay::serve
