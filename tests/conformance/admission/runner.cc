// Replays what a kube-apiserver said to recorded requests (record.py) and compares Assay's answers: decisions, messages,
// warnings, audit annotations, codes and reasons. Every difference is a failure.
//
//   conformance_admission [--recorded DIR] [--show N]
//   conformance_admission --time FILE     what a request costs under the policies of a file
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

#include "parsers/core/file_system.h"
#include "parsers/syntax/json/reader.h"
#include "rules/lang/admission/documents.h"

namespace {

using assay::rules::admission::Answer;
using assay::rules::admission::Decision;
using assay::rules::admission::PolicySet;
using assay::rules::admission::Request;
using assay::rules::admission::Scratch;
using Json = nlohmann::json;

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> lines_of(const std::string& path) {
  std::vector<std::string> out;
  std::istringstream in(read(path));
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

// The policies with the bindings that the recorder gave to those without one; of `refusing`, Deny.
std::vector<assay::rules::admission::PolicyFile> policy_files(const std::string& folder, const std::string& refusing) {
  std::vector<assay::rules::admission::PolicyFile> files;
  std::set<std::string> names, bound;
  for (const char* name : {"exported.yaml", "libraries.yaml", "machinery.yaml", "workloads.yaml"}) {
    std::string text = read(folder + "/" + name);
    if (text.empty()) continue;
    std::istringstream in(text);
    std::string kind;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("kind: ")) kind = line.substr(6);
      bool named = line.starts_with("metadata: {name: ");
      if (named && kind == "ValidatingAdmissionPolicy") names.insert(line.substr(17, line.find_first_of(",}", 17) - 17));
      if (line.starts_with("  policyName: ")) bound.insert(line.substr(14));
    }
    if (!refusing.empty()) {
      // The binding's actions become Deny.
      size_t at = text.find("kind: ValidatingAdmissionPolicyBinding\nmetadata: {name: " + refusing + "}");
      size_t actions = at == std::string::npos ? at : text.find("validationActions: [", at);
      if (actions != std::string::npos) text.replace(actions, text.find(']', actions) - actions + 1, "validationActions: [Deny]");
    }
    files.push_back({name, text});
  }
  std::string more;
  for (const std::string& name : names) {
    if (bound.contains(name)) continue;
    std::string binding = name + "-bound";
    more += "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: " + binding +
            "}\nspec: {policyName: " + name + ", validationActions: [" + (binding == refusing ? "Deny" : "Warn, Audit") + "]}\n";
  }
  files.push_back({"bindings.yaml", more});
  return files;
}

struct Tally {
  size_t compared = 0, objections = 0, different = 0, requests = 0, shown = 0, most = 20;
  std::map<std::string, size_t> by_policy;

  void differ(const std::string& where, const std::string& policy, const std::string& ours, const std::string& theirs) {
    ++different;
    ++by_policy[policy];
    if (shown++ >= most) return;
    std::cout << where << "\n  API server: " << theirs << "\n  Assay:      " << ours << "\n";
  }
};

void compare_lists(Tally& tally, const std::string& where, std::vector<std::string> ours, std::vector<std::string> theirs) {
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  std::vector<std::string> only_ours, only_theirs;
  std::set_difference(ours.begin(), ours.end(), theirs.begin(), theirs.end(), std::back_inserter(only_ours));
  std::set_difference(theirs.begin(), theirs.end(), ours.begin(), ours.end(), std::back_inserter(only_theirs));
  auto head = [&](const std::string& text) { return text.substr(0, text.find(':')); };
  for (const std::string& theirs_one : only_theirs) {
    auto pair = std::find_if(only_ours.begin(), only_ours.end(), [&](const std::string& one) { return head(one) == head(theirs_one); });
    tally.differ(where, head(theirs_one), pair == only_ours.end() ? "(nothing)" : *pair, theirs_one);
    if (pair != only_ours.end()) only_ours.erase(pair);
  }
  for (const std::string& one : only_ours) tally.differ(where, head(one), one, "(nothing)");
}

// The API server names the object in front of the message.
std::string refusal(const Answer& answer) {
  for (const Decision& decision : answer.decisions) {
    if (decision.deny) return std::to_string(decision.code) + " " + std::string(decision.reason) + " " + deny_text(decision);
  }
  return "(allowed)";
}
std::string refusal(const Json& denied) {
  std::string message = denied["message"].get<std::string>();
  size_t at = message.find("ValidatingAdmissionPolicy '");
  return std::to_string(denied["code"].get<int>()) + " " + denied["reason"].get<std::string>() + " " + (at == std::string::npos ? message : message.substr(at));
}

// Of this thread: other work on the machine does not count.
double cpu_microseconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

struct Subject {
  std::unique_ptr<assay::syntax::Tree> tree;
  Request request;
  std::string where;
};

}  // namespace

int main(int argc, char** argv) {
  std::string here = ASSAY_SOURCE_DIR "/tests/conformance/admission";
  std::string recorded = here + "/recorded";
  Tally tally;
  std::string timed;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (argv[i] == std::string("--recorded")) recorded = argv[i + 1];
    if (argv[i] == std::string("--time")) timed = argv[i + 1];
    if (argv[i] == std::string("--show")) tally.most = static_cast<size_t>(std::atoi(argv[i + 1]));
  }
  auto set = assay::rules::admission::load_policies(policy_files(here + "/policies", ""), true);
  for (const auto& error : set->errors) std::cout << error.file << ":" << error.line << ":" << error.column << ": " << error.message << "\n";
  if (!set->errors.empty()) return 1;

  std::vector<std::string> reviews = lines_of(recorded + "/reviews.jsonl"), answers = lines_of(recorded + "/answers.jsonl");
  assay::core::Arena arena;
  std::vector<Subject> subjects;
  for (const std::string& line : reviews) {
    Subject subject;
    subject.tree = assay::syntax::read_json(0, line);
    const assay::syntax::Node* root = subject.tree->root->child(0);
    if (root && root->kind == assay::syntax::NodeKind::kDocument) root = root->child(0);
    auto* value = arena.make<assay::model::Value>(assay::rules::admission::value_of(*subject.tree, root, arena));
    std::string error;
    if (!read_request(*value, subject.request, error)) {
      std::cout << error << "\n";
      return 1;
    }
    subject.where = std::string(subject.request.kind.kind) + " " + std::string(subject.request.name_space) + "/" + std::string(subject.request.name);
    subjects.push_back(std::move(subject));
  }
  Scratch scratch;
  if (!timed.empty()) {
    auto policies = assay::rules::admission::load_policies({{"timed.yaml", read(timed)}}, true, true);
    std::vector<double> times;
    size_t run = 0;
    for (int round = 0; round < 20; ++round) {
      for (const Subject& subject : subjects) {
        Answer answer;
        double begin = cpu_microseconds();
        policies->judge(subject.request, scratch, answer);
        times.push_back(cpu_microseconds() - begin);
        run += answer.policies_run;
        scratch.reset();
      }
    }
    std::sort(times.begin(), times.end());
    std::printf("%zu policies, %.1f of them run for a request: median %.1f us, p99 %.1f us, most %.1f us\n", policies->policies.size(),
                static_cast<double>(run) / static_cast<double>(times.size()), times[times.size() / 2], times[times.size() * 99 / 100], times.back());
    return 0;
  }
  for (size_t i = 0; i < answers.size(); ++i) {
    Json theirs = Json::parse(answers[i]);
    bool refusing = theirs.contains("binding");
    const Subject& subject = subjects[refusing ? theirs["review"].get<size_t>() : i];
    std::unique_ptr<const PolicySet> other;
    if (refusing) other = assay::rules::admission::load_policies(policy_files(here + "/policies", theirs["binding"].get<std::string>()), true);
    Answer answer;
    (refusing ? *other : *set).judge(subject.request, scratch, answer);
    ++tally.compared;
    const size_t before = tally.different;
    if (!refusing) {
      std::vector<std::string> our_warnings, their_warnings, our_notes, their_notes;
      for (const Decision& decision : answer.decisions) {
        // Headers carry no control characters: the server leaves such warnings out.
        std::string text = std::string(decision.policy) + "/" + std::string(decision.binding) + ": " + decision.message;
        bool plain = std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
        if (decision.warn && plain) our_warnings.push_back(std::move(text));
      }
      // The server says the same text once.
      std::sort(our_warnings.begin(), our_warnings.end());
      our_warnings.erase(std::unique(our_warnings.begin(), our_warnings.end()), our_warnings.end());
      for (const Json& warning : theirs["warnings"]) their_warnings.push_back(warning.get<std::string>());
      tally.objections += their_warnings.size();
      compare_lists(tally, subject.where, our_warnings, their_warnings);
      for (const auto& [key, value] : answer.audit_annotations) our_notes.push_back(key + ": " + value);
      for (const auto& [key, value] : theirs["annotations"].items()) their_notes.push_back(key + ": " + value.get<std::string>());
      compare_lists(tally, subject.where, our_notes, their_notes);
    }
    std::string ours = refusal(answer);
    std::string wanted = theirs["denied"].is_object() ? refusal(theirs["denied"]) : "(allowed)";
    if (ours != wanted) tally.differ(subject.where, "refusal", ours, wanted);
    scratch.reset();
    tally.requests += tally.different > before;
  }
  for (const auto& [policy, count] : tally.by_policy) std::cout << count << " differences: " << policy << "\n";
  std::printf("admission: %zu objects, %zu policies, %zu requests compared, %zu objections, %zu differences\n", reviews.size(),
              set->policies.size(), tally.compared, tally.objections, tally.different);
  std::printf("suite=admission cases=%zu passed=%zu failed=%zu skipped=0\n", tally.compared, tally.compared - tally.requests, tally.requests);
  return tally.different == 0 && !reviews.empty() ? 0 : 1;
}
