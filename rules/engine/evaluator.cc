#include "rules/engine/evaluator.h"

#include <algorithm>
#include <deque>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>
#include <unordered_set>

#include "parsers/core/hash.h"
#include "parsers/core/metrics.h"
#include "parsers/core/parallel.h"
#include "rules/engine/alike.h"
#include "rules/engine/element_classes.h"
#include "rules/engine/elements.h"
#include "rules/engine/fingerprint.h"
#include "rules/engine/region.h"
#include "rules/engine/verdict_memory.h"

namespace assay::rules {
namespace {

// Resources of one chunk are judged by one worker; small enough to balance, large enough to be cheap.
constexpr size_t kResourcesPerChunk = 16;
constexpr size_t kMaxListedInstances = 1000;  // of one finding; the others are counted
constexpr size_t kManyElements = 64;  // lists from here on are judged by classes (element_classes.h)
constexpr uint32_t kFewElements = 8;  // runs of a class below this one by one

// What one run of a rule is about, and whether it is there.
struct Subject {
  const model::Resource& resource;
  const model::Value& view;
  const Element* element;  // null for rules without `each`
};

// Is the subject there in this world? Without `decide` nothing is asked: -1 says that it is open.
int is_there(World& world, const Subject& subject, bool decide, bool as_if_existing) {
  const model::Guards& guards = subject.resource.root->guards;
  int all = 1;
  auto add = [&](model::Guard guard) {
    if (guard == model::kAlways || all == 0) return;
    int here = decide ? world.holds(guards, guard) : world.known(guards, guard);
    if (here <= 0) all = here;
  };
  if (!as_if_existing) add(subject.resource.exists);
  add(subject.view.guard);
  if (const Element* element = subject.element) {
    for (model::Guard guard : element->guards) add(guard);
    if (all != 0 && element->maybe_empty != nullptr) {
      if (!decide) return -1;
      if (world.empty(guards, *element->maybe_empty)) return 0;
    }
  }
  return all;
}

// The construct that made a resource of a template, as the AWS CDK notes it; null when none is noted.
const model::Value* construct_of(const model::Resource& resource) {
  static const core::Symbol kView("cloudformation/resource");
  if (resource.format != "cloudformation") return nullptr;
  for (const model::View& view : resource.views) {
    if (view.type != kView) continue;
    const model::Value* metadata = view.value.find("Metadata");
    const model::Value* path = metadata ? metadata->find("aws:cdk:path") : nullptr;
    if (path && path->is_string()) return path;
  }
  return nullptr;
}

std::string join_texts(const std::vector<std::string>& texts, size_t most) {
  std::string out;
  size_t count = 0;
  for (const std::string& text : texts) {
    if (count == most) return out + ", ...";
    out += (count++ ? ", " : "") + text;
  }
  return out;
}

// The elements that rules with one `each` run over.
struct ElementList {
  const std::string* each = nullptr;
  std::vector<Element> elements;
  std::optional<ElementClasses> classes;  // of long lists with less classes than elements
  std::vector<VerdictMemory::Places> places;  // by element, of lists that are not long
};

// Judges rules on subjects, one after the other; what one judgement needs is kept for the next.
class Judge {
 public:
  Judge(const model::Project& project, const RuleSet& rules, bool outlives)
      : project_(&project), rules_(rules), memory_(rules, outlives) {
    context_.project = &project;
    context_.world = &world_;
    context_.arena = &scratch_;
    context_.memos = &memos_;
  }

  // Goes over to another project: nothing of the last one is looked at any more.
  void begin(const model::Project& project) {
    project_ = &project;
    forget_resource();
    list_ = nullptr;
    context_.kept.clear();
    context_.of_project.reset();
    context_.project = &project;
    memory_.next_model();
  }
  // Makes room for another resource.
  void begin(const model::Resource& resource) {
    forget_resource();
    memory_.begin_resource(resource.type, resource.format);
    context_.resource = &resource;
  }
  // Starts another view of the resource.
  void begin_view(const model::Value& view) {
    element_lists_.clear();
    memory_.begin_view(view);
    context_.view = &view;
  }
  // The elements that rules with this `each` run over; valid until the next view.
  ElementList& elements(const std::string& each) {
    for (ElementList& list : element_lists_) {
      if (*list.each == each) return *(list_ = &list);
    }
    ElementList& list = element_lists_.emplace_back();
    list_ = &list;
    list.each = &each;
    list.elements = collect_elements(*context_.resource, *context_.view, each, scratch_);
    if (list.elements.size() >= kManyElements) {
      list.classes.emplace(list.elements, scratch_);
      if (list.classes->size() == list.elements.size()) list.classes.reset();
    } else {
      list.places.resize(list.elements.size());
    }
    return list;
  }
  // Of the last judgement.
  uint32_t runs() const { return world_.runs(); }
  // kPass leaves `finding` and `error` as they are.
  Verdict judge(const Rule& rule, const Element* element, Finding& finding, std::string& error);

 private:
  void forget_resource() {
    scratch_.reset();
    memos_.clear();
    context_.worked.clear();
    element_lists_.clear();
  }
  void describe(const Rule& rule, const Subject& subject, bool certain, Finding& finding);
  // Does the rule pass by what was to be read here, or was where it passed? `element` is one of the last elements(), or
  // stands for many.
  bool passes_by_paths(const Rule& rule, const Element* element);

  const model::Project* project_;
  const RuleSet& rules_;
  VerdictMemory memory_;
  ElementList* list_ = nullptr;  // the last elements()
  core::Arena scratch_{64 * 1024};
  std::vector<Memo> memos_;
  std::deque<ElementList> element_lists_;
  World world_;
  RunContext context_;
  std::vector<core::Symbol> causes_;
  std::vector<Read> reads_;
  std::string witness_;
  std::string message_;
  std::vector<RelatedPlace> related_;
  std::vector<OriginStep> hops_;
};

bool Judge::passes_by_paths(const Rule& rule, const Element* element) {
  VerdictMemory::Places* places = nullptr;
  if (element != nullptr && list_ != nullptr && !list_->places.empty()) {
    places = &list_->places[static_cast<size_t>(element - list_->elements.data())];
  }
  auto index = static_cast<size_t>(&rule - rules_.rules().data());
  VerdictMemory::Answer answer = memory_.ask(index, element ? element->value : nullptr, places);
  if (answer != VerdictMemory::Answer::kScreen) return answer == VerdictMemory::Answer::kPasses;
  world_.reset();
  world_.begin();
  bool passes = rule.check->screen()->run(context_) == RunResult::kPass && !world_.asked();
  if (passes) memory_.note_pass();
  else memory_.note_open();
  return passes;
}

Verdict Judge::judge(const Rule& rule, const Element* element, Finding& finding, std::string& error) {
  context_.item = element ? element->value : nullptr;
  context_.steps_left = core::kMaxSteps;
  if (passes_by_paths(rule, element)) return Verdict::kPass;
  const Subject subject{*context_.resource, *context_.view, element};
  context_.steps_left = core::kMaxSteps;
  bool violated_somewhere = false;
  bool passed_somewhere = false;
  bool failed = false;
  const model::Guard existence = subject.resource.exists;
  // A conditional resource is first judged as if it existed: where all worlds agree, it does not matter
  // in which of them it does, and a condition over many inputs need not be taken apart.
  bool as_if = subject.resource.conditional && existence != model::kAlways;
  if (as_if && existence == model::kNever) return Verdict::kPass;
  causes_.clear();
  world_.reset();
  do {
    world_.begin();
    context_.reads.clear();
    context_.message.clear();
    context_.related.clear();
    context_.hops.clear();
    context_.error.clear();
    // A conditional resource is judged where it exists. Of others, and of elements, that is asked only where
    // the rule does not pass anyway: each question doubles the worlds.
    bool exists = as_if || !subject.resource.conditional ||
                  world_.holds(subject.resource.root->guards, existence);
    RunResult result = RunResult::kPass;
    int there = exists ? is_there(world_, subject, false, as_if) : 0;
    if (there != 0) {
      result = rule.check->run(context_);
      if (result == RunResult::kPass) memory_.note_pass();
    }
    if (result != RunResult::kPass && there < 0 && is_there(world_, subject, true, as_if) == 0) result = RunResult::kPass;
    if (world_.asked()) world_.add_causes(causes_);
    if (result == RunResult::kError) {
      error = context_.error;
      failed = true;
      if (!as_if) break;
    }
    if (result == RunResult::kViolation) {
      if (!violated_somewhere) {
        witness_ = world_.witness();
        reads_.swap(context_.reads);
        message_.swap(context_.message);
        related_.swap(context_.related);
        hops_.swap(context_.hops);
      }
      violated_somewhere = true;
    } else if (exists) {
      passed_somewhere = true;
    }
    bool agree = !failed && !(violated_somewhere && passed_somewhere);
    if (agree && world_.advance()) continue;
    if (as_if && (!agree || world_.capped())) {  // in which worlds it exists does matter
      as_if = violated_somewhere = passed_somewhere = failed = false;
      error.clear();
      causes_.clear();
      world_.reset();
      continue;
    }
    if (agree || !world_.advance()) break;
  } while (true);

  if (!violated_somewhere) {
    if (!failed && !world_.capped()) return Verdict::kPass;
    if (!failed) error = "too many combinations of unknown inputs";
    return Verdict::kNotEvaluated;
  }
  bool certain = !passed_somewhere && !failed && !world_.capped() && !subject.resource.representative;
  finding = Finding();
  finding.verdict = certain ? Verdict::kFail : Verdict::kMaybe;
  describe(rule, subject, certain, finding);
  return finding.verdict;
}

// Fills in what a violation is reported with.
void Judge::describe(const Rule& rule, const Subject& subject, bool certain, Finding& finding) {
  const model::Resource& resource = subject.resource;
  const model::Guards& guards = resource.root->guards;
  finding.severity = rule.info.severity;
  finding.message = std::move(message_);
  message_.clear();
  if (finding.message.empty()) {
    finding.message = rule.info.message.empty() ? rule.info.title : rule.info.message;
  }
  if (!certain) {
    if (resource.representative && causes_.empty()) causes_ = guards.causes(resource.exists);
    for (core::Symbol cause : causes_) finding.depends_on.emplace_back(cause.text());
    std::sort(finding.depends_on.begin(), finding.depends_on.end());
    finding.depends_on.erase(std::unique(finding.depends_on.begin(), finding.depends_on.end()),
                             finding.depends_on.end());
    finding.witness = witness_;
    if (!causes_.empty()) finding.message += " (depends on " + join_texts(finding.depends_on, 3) + ")";
  }
  finding.resource = {std::string(resource.address), std::string(resource.type),
                      std::string(resource.name), std::string(resource.format), resource.header,
                      resource.span, {}};
  if (resource.moved) finding.resource.first_address = resource.stable_address;
  if (const model::Value* construct = construct_of(resource)) {
    finding.related.push_back({construct->span, "construct " + std::string(construct->text())});
  }
  const Element* element = subject.element;
  if (element) finding.item = element->path;
  locate(rule, *project_->sources, resource, subject.view, element ? element->value : nullptr,
         element ? std::string_view(element->path) : std::string_view{}, reads_, finding);
  for (RelatedPlace& place : related_) finding.related.push_back(std::move(place));
  if (!hops_.empty()) finding.origin = std::move(hops_);
  related_.clear();
  hops_.clear();
}

// Other instances that a finding holds for, and which resource it was found in.
struct Instances : std::vector<const model::Resource*> {
  uint32_t found_in = 0;  // Resource::index
};

// One literal seen through many instances of one block is one finding: the instances are listed, the
// first kMaxListedInstances of them, and counted. `also[i]` are those that finding i holds for as well.
// `wanted[i]`: finding i of the result is one of the focus, through any of its instances.
std::vector<Finding> merge_instances(std::vector<Finding> findings, std::vector<Instances> also,
                                     const std::vector<core::FileId>& focus, std::vector<bool>& wanted) {
  using Key = std::tuple<uint32_t, core::Span, core::Span>;
  std::map<Key, size_t> first;
  size_t count = 0;  // of those that are kept, moved together: all of them a second time would be new memory
  std::vector<std::vector<std::string>> addresses;
  wanted.clear();
  for (size_t i = 0; i < findings.size(); ++i) {
    Finding& finding = findings[i];
    bool is_wanted = in_focus(finding, focus);
    Key key{finding.rule, finding.resource.header, finding.region};
    auto [at, inserted] = first.emplace(key, count);
    if (inserted) wanted.push_back(is_wanted);
    else if (is_wanted) wanted[at->second] = true;
    if (inserted) {
      if (count != i) findings[count] = std::move(finding);
      ++count;
      addresses.emplace_back();
    } else {
      Finding& kept = findings[at->second];
      if (finding.verdict > kept.verdict) {
        kept.verdict = finding.verdict;
        kept.message = finding.message;
        kept.depends_on = finding.depends_on;
        kept.witness = finding.witness;
      }
      addresses[at->second].push_back(std::move(finding.resource.address));
    }
    for (const model::Resource* resource : also[i]) addresses[at->second].emplace_back(resource->address);
  }
  findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(count), findings.end());
  for (size_t i = 0; i < count; ++i) {
    std::vector<std::string>& others = addresses[i];
    if (others.empty()) continue;
    Finding& kept = findings[i];
    std::sort(others.begin(), others.end());
    others.erase(std::unique(others.begin(), others.end()), others.end());
    std::erase(others, kept.resource.address);
    size_t listed = std::min(others.size(), kMaxListedInstances);
    for (size_t k = 0; k < listed; ++k) kept.related.push_back({kept.resource.header, "also " + others[k]});
    if (listed < others.size()) {
      kept.related.push_back({kept.resource.header, "also " + std::to_string(others.size() - listed) + " more instances"});
    }
  }
  return findings;
}

// Sorts positions and moves each finding to its place: findings are large.
void sort_findings(std::vector<Finding>& findings, std::vector<Instances>& also, const RuleSet& rules,
                   const core::SourceSet& sources) {
  auto path = [&](const Finding& f) -> std::string_view {
    return f.region.valid() ? std::string_view(sources.path(f.region.file)) : std::string_view{};
  };
  std::vector<uint32_t> order(findings.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t left, uint32_t right) {
    const Finding& a = findings[left];
    const Finding& b = findings[right];
    if (a.region.file != b.region.file) {
      int order = path(a).compare(path(b));
      if (order != 0) return order < 0;
    }
    // Roots may have resources of one address: those of the first speak, whichever worker came first.
    return std::tie(a.region.begin, rules.rules()[a.rule].info.id, a.resource.address, a.attribute, also[left].found_in) <
           std::tie(b.region.begin, rules.rules()[b.rule].info.id, b.resource.address, b.attribute, also[right].found_in);
  });
  // Round by round of places that change with each other: all of them a second time would be new memory.
  for (uint32_t start = 0; start < order.size(); ++start) {
    if (order[start] == start) continue;
    Finding first = std::move(findings[start]);
    Instances first_also = std::move(also[start]);
    uint32_t at = start;
    for (uint32_t from = order[at]; from != start; from = order[at]) {
      findings[at] = std::move(findings[from]);
      also[at] = std::move(also[from]);
      order[at] = at;
      at = from;
    }
    findings[at] = std::move(first);
    also[at] = std::move(first_also);
    order[at] = at;
  }
}

}  // namespace

namespace {

// What a rule said of the first instance of a block, for those that are alike (alike.h).
struct Outcome {
  uint64_t evaluations = 0;
  size_t first_finding = 0, last_finding = 0;  // of the worker's
  size_t first_failure = 0, last_failure = 0;
};

// What findings of one resource in several roots have in common.
uint64_t address_key(std::string_view format, std::string_view address) {
  std::string key(format);
  key += '\x1f';
  add_without_keys(address, key);
  return core::hash64(key);
}

// How the rules of a pass apply.
struct Pass {
  std::vector<std::optional<Reads>> reads;  // by rule
  std::vector<bool> local;                  // by rule
  const std::vector<const model::Root*>* aside = nullptr;
  // Of the second pass: the resources left aside that share an address with a finding of the focus.
  std::optional<std::unordered_set<uint64_t>> addresses;

  bool is_aside(const model::Root* root) const { return std::binary_search(aside->begin(), aside->end(), root); }
};

class Worker {
 public:
  // `outlives`: it will go over to other projects.
  Worker(const model::Project& project, const RuleSet& rules, const Pass& pass, bool outlives = false)
      : project_(&project), rules_(rules), pass_(pass), reads_(pass.reads), judge_(project, rules, outlives) {}

  // Goes over to another project; what was found is taken first.
  void begin(const model::Project& project) {
    project_ = &project;
    judge_.begin(project);
    findings.clear();
    also.clear();
    failures.clear();
    evaluations = 0;
    root_ = nullptr;
    aside_ = false;
    leader_ = nullptr;
    outcomes_.clear();
  }

  void run(const model::Resource& resource) {
    if (resource.views.empty()) return;
    if (resource.root != root_) {
      root_ = resource.root;
      aside_ = pass_.is_aside(root_);
    }
    if (pass_.addresses) {
      if (!aside_) return;
      std::string_view address = resource.moved ? resource.stable_address : resource.address;
      if (!pass_.addresses->contains(address_key(resource.format, address))) return;
    }
    bool follows = leader_ != nullptr && same_block(*leader_, resource);
    if (!follows) {
      leader_ = &resource;
      outcomes_.clear();
    }
    bool begun = false;  // most instances are judged by none
    size_t place = 0;    // in outcomes_
    for (size_t i = 0; i < resource.views.size(); ++i) {
      const model::View& view = resource.views[i];
      std::span<const uint32_t> concerned = rules_.for_type(view.type);
      if (concerned.empty()) continue;
      std::optional<std::vector<std::string_view>> differing;
      if (follows) differing = differences(leader_->views[i].value, view.value);
      bool view_begun = false;
      for (uint32_t index : concerned) {
        if (!rules_.rules()[index].check) continue;
        if (aside_ && pass_.local[index] != pass_.addresses.has_value()) continue;
        size_t at = place++;
        if (differing && at < outcomes_.size() && reads_[index] &&
            alike(*reads_[index], *differing, *project_, *leader_, resource)) {
          repeat(outcomes_[at], resource);
          continue;
        }
        if (!begun) judge_.begin(resource);
        if (!view_begun) judge_.begin_view(view.value);
        begun = view_begun = true;
        Outcome outcome = judge_rule(index, resource);
        if (!follows) outcomes_.push_back(outcome);
      }
    }
  }

  std::vector<Finding> findings;
  std::vector<Instances> also;  // by finding: other instances that it holds for
  std::vector<RuleFailure> failures;
  uint64_t evaluations = 0;
  core::Deadline deadline;  // what is left then is not judged

 private:
  Outcome judge_rule(uint32_t index, const model::Resource& resource) {
    const Rule& rule = rules_.rules()[index];
    Outcome out{evaluations, findings.size(), 0, failures.size(), 0};
    if (rule.each.empty()) {
      judge_element(index, rule, resource, nullptr);
    } else {
      judge_list(index, rule, resource, judge_.elements(rule.each));
    }
    out.evaluations = evaluations - out.evaluations;
    out.last_finding = findings.size();
    out.last_failure = failures.size();
    return out;
  }

  void judge_list(uint32_t index, const Rule& rule, const model::Resource& resource, ElementList& list) {
    Listing listing{index, rule, resource, list, findings.size() + kMaxFindingsOfRule, list.elements.size(),
                    list.elements.size() / 4 + kManyElements};
    if (!list.classes) {
      for (const Element& element : list.elements) {
        if (!judge_listed(listing, element)) return;
      }
      return;
    }
    for (size_t i = 0; i < list.classes->size(); ++i) {
      if (!judge_class(listing, i, 0, static_cast<uint32_t>(list.classes->members(i).size()))) return;
    }
  }

  // One rule over one list.
  struct Listing {
    uint32_t index;
    const Rule& rule;
    const model::Resource& resource;
    ElementList& list;
    size_t most_findings;  // of the worker
    size_t left;           // elements not yet judged
    uint64_t runs_left;    // for what stands for many: where that tells nothing, each is judged
  };

  // False: enough was found.
  bool judge_listed(Listing& listing, const Element& element) {
    const Rule& rule = listing.rule;
    if (findings.size() >= listing.most_findings) {
      failures.push_back({rule.info.id, std::string(listing.resource.address),
                          "after " + std::to_string(kMaxFindingsOfRule) + " findings in `" + rule.each +
                              "` its other " + std::to_string(listing.left) + " elements are not judged",
                          listing.resource.header});
      return false;
    }
    --listing.left;
    judge_element(listing.index, rule, listing.resource, &element);
    return true;
  }

  // The members [from, to) of a class together, or its halves.
  bool judge_class(Listing& listing, size_t which, uint32_t from, uint32_t to) {
    const std::vector<Element>& elements = listing.list.elements;
    std::span<const uint32_t> members = listing.list.classes->members(which).subspan(from, to - from);
    if (members.size() < kFewElements || listing.runs_left == 0) {
      for (uint32_t member : members) {
        if (!judge_listed(listing, elements[member])) return false;
      }
      return true;
    }
    Element together = elements[members.front()];
    together.value = &listing.list.classes->summary(which, from, to);
    Verdict verdict = judge_.judge(listing.rule, &together, finding_, error_);
    listing.runs_left -= std::min<uint64_t>(listing.runs_left, judge_.runs());
    if (verdict == Verdict::kPass) {
      evaluations += members.size();
      listing.left -= members.size();
      return true;
    }
    if (verdict == Verdict::kFail && judge_.runs() == 1) {
      // All of them, for one reason at one place: the first by its path speaks for them.
      auto first = std::min_element(members.begin(), members.end(), [&](uint32_t a, uint32_t b) {
        return elements[a].path < elements[b].path;
      });
      evaluations += members.size() - 1;
      listing.left -= members.size() - 1;
      return judge_listed(listing, elements[*first]);
    }
    uint32_t middle = from + (to - from) / 2;
    return judge_class(listing, which, from, middle) && judge_class(listing, which, middle, to);
  }

  void judge_element(uint32_t index, const Rule& rule, const model::Resource& resource, const Element* element) {
    ++evaluations;
    if ((evaluations & 15) == 0 ? deadline.expired_now() : deadline.expired()) return;
    Verdict verdict = judge_.judge(rule, element, finding_, error_);
    if (verdict == Verdict::kPass) return;
    if (verdict == Verdict::kNotEvaluated) {
      failures.push_back({rule.info.id, std::string(resource.address), error_, resource.header});
    } else {
      finding_.rule = index;
      if (element != nullptr && repeats_last()) return;
      findings.push_back(std::move(finding_));
      also.emplace_back().found_in = resource.index;
    }
  }

  // Elements made by one dynamic block say the same at one place: of hundreds of thousands, the first by
  // its path is kept. Merging them at the end would come to the same.
  bool repeats_last() {
    if (findings.empty()) return false;
    Finding& last = findings.back();
    if (last.rule != finding_.rule || last.region != finding_.region || last.verdict != finding_.verdict ||
        last.resource.address != finding_.resource.address || last.resource.header != finding_.resource.header ||
        last.message != finding_.message || last.witness != finding_.witness ||
        last.depends_on != finding_.depends_on || !also.back().empty()) {
      return false;
    }
    if (finding_.attribute < last.attribute) last = std::move(finding_);
    return true;
  }

  void repeat(const Outcome& outcome, const model::Resource& resource) {
    evaluations += outcome.evaluations;
    for (size_t i = outcome.first_finding; i < outcome.last_finding; ++i) {
      if (also[i].empty()) also[i].push_back(leader_);
      also[i].push_back(&resource);
    }
    for (size_t i = outcome.first_failure; i < outcome.last_failure; ++i) {
      RuleFailure failure = failures[i];
      failure.address = resource.address;
      failures.push_back(std::move(failure));
    }
  }

  const model::Project* project_;
  const RuleSet& rules_;
  const Pass& pass_;
  const std::vector<std::optional<Reads>>& reads_;
  Judge judge_;
  Finding finding_;
  std::string error_;
  const model::Root* root_ = nullptr;        // of the last resource
  bool aside_ = false;                       // is it left aside?
  const model::Resource* leader_ = nullptr;  // the first instance of the block being judged
  std::vector<Outcome> outcomes_;            // of the leader, in the order its rules run
};

}  // namespace

bool in_focus(const Finding& finding, const std::vector<core::FileId>& focus) {
  if (focus.empty()) return true;
  auto wanted = [&](const core::Span& span) {
    return span.valid() && std::binary_search(focus.begin(), focus.end(), span.file);
  };
  if (wanted(finding.region) || wanted(finding.resource.header)) return true;
  return std::any_of(finding.origin.begin(), finding.origin.end(),
                     [&](const OriginStep& step) { return wanted(step.span); });
}

bool is_local(const Rule& rule) {
  // What a function of the identity library is given may lead it to other resources.
  return rule.check && rule.check->reads() && !rule.check->reads()->related && rule.logic.find("iam") == std::string::npos;
}

namespace {

Pass make_pass(const RuleSet& rules, const std::vector<const model::Root*>& aside) {
  Pass pass;
  pass.aside = &aside;
  pass.reads.reserve(rules.rules().size());
  for (const Rule& rule : rules.rules()) {
    pass.reads.push_back(reads_of(rule));
    bool secret = std::find(rule.info.tags.begin(), rule.info.tags.end(), kSecretTag) != rule.info.tags.end();
    pass.local.push_back(is_local(rule) && !secret);  // reports hide what these rules point at, wherever it is
  }
  return pass;
}

}  // namespace

struct Evaluator::State {
  explicit State(const RuleSet& rules) : rules(rules), pass(make_pass(rules, aside)), worker(none, rules, pass, true) {}
  const RuleSet& rules;
  const std::vector<const model::Root*> aside;
  const Pass pass;
  const model::Project none{};
  Worker worker;
};

Evaluator::Evaluator(const RuleSet& rules) : state_(std::make_unique<State>(rules)) {}
Evaluator::~Evaluator() = default;

void Evaluator::evaluate(const model::Project& project, Evaluation& out, core::Deadline deadline) {
  Worker& worker = state_->worker;
  worker.begin(project);
  worker.deadline = deadline;
  for (const model::Resource* resource : project.resources) worker.run(*resource);
  out.evaluations = worker.evaluations;
  out.failures = std::move(worker.failures);
  sort_findings(worker.findings, worker.also, state_->rules, *project.sources);
  std::vector<bool> wanted;
  out.findings = merge_instances(std::move(worker.findings), std::move(worker.also), {}, wanted);
  worker.begin(state_->none);
}

Evaluation evaluate(const model::Project& project, const RuleSet& rules, const EvaluateOptions& options) {
  Pass pass = make_pass(rules, options.aside);
  Evaluation out;
  if (options.notes) {
    options.notes->evaluations.assign(project.resources.size(), 0);
    options.notes->asks.assign(project.resources.size(), {});
  }
  std::vector<Instances> also;
  auto judge = [&] {
    std::deque<Worker> workers;
    for (unsigned i = 0; i < std::max(1u, options.jobs); ++i) workers.emplace_back(project, rules, pass);
    auto run = [&](size_t begin, size_t end, unsigned which) {
      for (size_t i = begin; i < end; ++i) {
        model::AskScope scope(options.notes ? &options.notes->asks[i] : nullptr);
        uint64_t before = workers[which].evaluations;
        workers[which].run(*project.resources[i]);
        if (options.notes) options.notes->evaluations[i] = static_cast<uint32_t>(workers[which].evaluations - before);
      }
    };
    core::parallel_for(project.resources.size(), kResourcesPerChunk, options.jobs, run);
    size_t total = out.findings.size(), most = total;
    for (const Worker& worker : workers) {
      total += worker.findings.size();
      most = std::max(most, worker.findings.size());
    }
    if (most != total) out.findings.reserve(total);
    also.reserve(total);
    for (Worker& worker : workers) {
      if (worker.findings.size() == total) out.findings = std::move(worker.findings);  // one worker's stay where they are
      else std::move(worker.findings.begin(), worker.findings.end(), std::back_inserter(out.findings));
      std::move(worker.also.begin(), worker.also.end(), std::back_inserter(also));
      std::move(worker.failures.begin(), worker.failures.end(), std::back_inserter(out.failures));
      out.evaluations += worker.evaluations;
    }
  };
  judge();
  if (!options.aside.empty() && !out.findings.empty()) {
    pass.addresses.emplace();
    for (const Finding& finding : out.findings) {
      if (!in_focus(finding, options.focus)) continue;
      const ResourceRef& resource = finding.resource;
      pass.addresses->insert(
          address_key(resource.format, resource.first_address.empty() ? resource.address : resource.first_address));
    }
    if (!pass.addresses->empty()) judge();
  }
  // Of instances that are alike the first in the order of addresses speaks for all.
  for (size_t i = 0; i < also.size(); ++i) {
    for (const model::Resource* resource : also[i]) {
      ResourceRef& shown = out.findings[i].resource;
      if (resource->address >= shown.address) continue;
      shown.address = resource->address;
      shown.name = resource->name;
      shown.first_address = resource->moved ? resource->stable_address : std::string_view{};
    }
  }
  sort_findings(out.findings, also, rules, *project.sources);
  std::vector<bool> wanted;
  out.findings = merge_instances(std::move(out.findings), std::move(also), options.focus, wanted);
  add_fingerprints(out.findings, rules, *project.sources, options.notes ? &options.notes->keys : nullptr);
  if (!options.focus.empty() && !options.late_focus) {
    size_t at = 0;
    std::erase_if(out.findings, [&](const Finding&) { return !wanted[at++]; });
  }
  std::sort(out.failures.begin(), out.failures.end(), [](const RuleFailure& a, const RuleFailure& b) {
    return std::tie(a.rule, a.address, a.error) < std::tie(b.rule, b.address, b.error);
  });
  return out;
}

}  // namespace assay::rules
