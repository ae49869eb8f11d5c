#include "analyzer/serve/judge.h"

#include <algorithm>

#include "analyzer/serve/place.h"
#include "parsers/formats/kubernetes/link.h"
#include "parsers/formats/kubernetes/lone.h"
#include "rules/lang/checkov/checkov_language.h"

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
  Alone(const core::SourceSet& sources, const PolicyState& policies, const Value& object) {
    project.sources = &sources;
    project.target = policies.target();
    auto root = std::make_unique<model::Root>(4096);
    root->path = "AdmissionReview";
    resource = formats::add_object(object, *root);
    project.add(std::move(root));
    if (policies.foreign_views()) {
      const core::Symbol view{rules::checkov::kResourceView};
      for (model::Resource* one : project.resources) one->views.push_back({view, one->attributes});
    }
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
        asked_(policies.modes(), review.request, policies.admission() ? policies.admission()->cluster.get() : nullptr) {}

  void run() {
    ask_policies();
    if (!out_.failed && rules_apply()) ask_rules();
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
    out_.refusal = {code, reason, std::move(message), {}};
  }

  // What an admission policy wants done, and what a row of `modes` makes of it.
  struct Wanted {
    bool deny, warn, audit;
  };
  Wanted wanted(const rules::admission::Decision& decision) const {
    Wanted out{decision.deny, decision.warn, decision.audit};
    std::optional<Mode> mode = asked_.of_policy(decision.policy, decision.deny ? Mode::kEnforce : decision.warn ? Mode::kWarn : Mode::kAudit);
    if (!mode) return out;
    if (*mode == Mode::kOff) return {false, false, false};
    out.warn = *mode == Mode::kWarn || (out.warn && *mode == Mode::kEnforce);
    out.deny = *mode == Mode::kEnforce;
    out.audit |= *mode == Mode::kAudit;
    return out;
  }

  void ask_policies() {
    const rules::admission::PolicySet* set = policies_.admission();
    if (set == nullptr || set->policies.empty()) return;
    rules::admission::Scratch& scratch = workspace_.scratch;
    rules::admission::Answer& answer = workspace_.answer;
    answer.clear();
    scratch.reset();
    scratch.deadline = deadline_;
    set->judge(request_, scratch, answer);
    if (deadline_.expired_now()) return out_of_time();
    for (const rules::admission::Decision& decision : answer.decisions) {
      Wanted what = wanted(decision);
      if (!what.deny && !what.warn && !what.audit) continue;
      if (what.deny && decision.ground == rules::admission::Ground::kUndecided) {
        failures_.emplace_back("the policy " + std::string(decision.policy) + " could not be decided", rules::admission::deny_text(decision));
        continue;
      }
      note_objection({set->policies[decision.policy_index]->name(), what.deny ? Mode::kEnforce : what.warn ? Mode::kWarn : Mode::kAudit, false, 1});
      if (what.deny) {
        if (lines_.empty()) {
          out_.reply.code = decision.code;
          out_.reply.reason = decision.reason;
        }
        lines_.push_back(rules::admission::deny_text(decision));
        out_.reply.causes.push_back({std::string(decision.policy), decision.message, decision.field});
      }
      if (what.warn) warnings_.push_back(rules::admission::warn_text(decision));
    }
    for (auto& [key, text] : answer.audit_annotations) out_.reply.annotations.emplace_back(std::move(key), std::move(text));
    if (std::string text = answer.audit_failures(); !text.empty()) out_.reply.annotations.emplace_back("validation_failure", std::move(text));
  }

  void out_of_time() { fail(504, "Timeout", "the time that the API server gives is over before all policies were asked"); }

  void ask_rules() {
    Alone now(review_.sources, policies_, *request_.object);
    if (now.resource == nullptr) return fail(400, "BadRequest", "request.object has no kind or no apiVersion");
    note_undecidable(*now.resource);
    rules::Evaluation& evaluation = workspace_.evaluation;
    workspace_.evaluator.evaluate(now.project, evaluation, deadline_);
    for (const rules::RuleFailure& failure : evaluation.failures) note_failure(failure);
    if (deadline_.expired_now()) return out_of_time();
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
    Alone before(review_.sources, policies_, *request_.old_object);
    if (before.resource == nullptr) return;
    workspace_.evaluator.evaluate(before.project, workspace_.evaluation, deadline_);
    if (deadline_.expired_now()) return out_of_time();
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
      // What denied warns, what warned is for the audit log only: nobody who changes something else can help it.
      Mode eased = told.mode == Mode::kEnforce ? Mode::kWarn : Mode::kAudit;
      told.mode = std::min(eased, policies_.modes().settings().existing);
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
    if (mode == Mode::kEnforce) failures_.emplace_back(failure.rule + " could not judge the object", std::move(text));
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
    std::string denied, warned, audited;
    auto add_id = [](std::string& list, std::string_view id) {
      std::string spaced = " " + list + " ";
      if (spaced.find(" " + std::string(id) + " ") == std::string::npos) list += (list.empty() ? "" : " ") + std::string(id);
    };
    std::string explained;
    if (!told_.empty() && told_.front().mode == Mode::kEnforce) {  // a rule's denial is a plain one
      reply.code = 403;
      reply.reason = "Forbidden";
    }
    for (const Told& told : told_) {
      const std::string& id = info(told.rule).id;
      note_objection({id, told.mode, told.existing, 1});
      switch (told.mode) {
        case Mode::kEnforce:
          add_id(denied, id);
          add_id(explained, id);
          lines_.push_back(line_of(told));
          reply.causes.push_back({id, told.finding->message, told.place.field});
          break;
        case Mode::kWarn:
          add_id(warned, id);
          warnings_.push_back((told.existing ? "was there before: " : "") + line_of(told));
          break;
        default: add_id(audited, id);
      }
    }
    reply.warnings.insert(reply.warnings.begin(), warnings_.begin(), warnings_.end());
    reply.allowed = lines_.empty();
    if (reply.allowed && !failures_.empty()) {
      std::string others = failures_.size() > 1 ? ", and " + std::to_string(failures_.size() - 1) + " more" : "";
      fail(500, "InternalError", failures_.front().second + others);
      out_.refusal.logged = failures_.front().first + others;
    }
    if (!reply.allowed) write_message(explained);
    auto annotate = [&](const char* key, const std::string& text) {
      if (!text.empty()) reply.annotations.emplace_back(key, text);
    };
    annotate("denied", denied);
    annotate("warned", warned);
    annotate("audited", audited);
    annotate("not-evaluated", undecided_);
    annotate("generation", std::to_string(policies_.generation));
  }

  void note_objection(const Objection& objection) {
    for (Objection& known : out_.objections) {
      if (known.policy != objection.policy || known.mode != objection.mode || known.existing != objection.existing) continue;
      ++known.count;
      return;
    }
    if (out_.objections.size() < kMaxObjections) out_.objections.push_back(objection);
  }

  void write_message(const std::string& explained) {
    std::string& text = out_.reply.message;
    const size_t count = lines_.size();
    if (count > 1) text = std::to_string(count) + " objections:\n";
    for (size_t i = 0; i < std::min(count, kMaxLines); ++i) text += (count > 1 ? "- " : "") + lines_[i] + "\n";
    if (count > kMaxLines) text += "and " + std::to_string(count - kMaxLines) + " more\n";
    if (!explained.empty()) text += "see: assay explain " + explained.substr(0, explained.find(' '));
    else text.pop_back();
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
  std::vector<std::string> lines_, warnings_;
  std::vector<std::pair<std::string, std::string>> failures_;  // for the log, and for the answer
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
