// Scans the folders of Checkov's unit tests with the built-in rules that carry a check's id as an
// alias, and compares which resources pass and fail.
//
// What counts: an address fails when a scan reports a certain finding of such a rule in it, and passes
// when the resource is there and has none. A possible finding (MAYBE) is not reported unless asked for,
// so it passes; the runner counts them. Resources that Checkov gives no record for (its "unknown") are
// judged by nobody: a pass there is no difference, a certain failure is. In the mode `counts` the
// failing resources must be as many as stated, and the passing ones at least as many.
//
// Data: $ASSAY_SHARED/oracles/checkov. Arguments: --verbose, --update, or ids of checks.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"
#include "rules/lang/pack/pack.h"
#include "tests/conformance/terraform/ratchet.h"

namespace {

using namespace assay;

struct Case {
  std::string id, framework, directory, test, mode;
  std::set<std::string> pass, fail;
  size_t pass_count = 0, fail_count = 0;
  std::string name() const { return id + " " + framework + " " + directory; }
};

// What a scan of one folder says, by the rules' ids.
struct Answers {
  std::map<std::string, std::string> types;                  // by address as Checkov spells it
  std::vector<std::string> candidates;                       // types of all resources, twins in two files included
  std::map<std::string, std::set<std::string>> fail, maybe;  // addresses by id of the rule
  std::map<std::string, std::set<std::string>> completed;    // resources that fail for what completes them, and that
  std::map<std::string, std::set<std::string>> failed;       // "FILE ADDRESS" by id of the rule
};

std::vector<Case> read_cases(const std::string& path) {
  std::vector<Case> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    nlohmann::json row = nlohmann::json::parse(line, nullptr, false);
    if (row.is_discarded()) continue;
    Case c{row["id"], row["framework"], row["dir"], row["test"], row["mode"], {}, {}};
    for (const auto& address : row["pass"]) c.pass.insert(address.get<std::string>());
    for (const auto& address : row["fail"]) c.fail.insert(address.get<std::string>());
    c.pass_count = row.value("pass_count", c.pass.size());
    c.fail_count = row.value("fail_count", c.fail.size());
    out.push_back(std::move(c));
  }
  return out;
}

// Types that a check judges, by (id, framework); nothing where the table names none.
std::map<std::pair<std::string, std::string>, std::set<std::string>> read_types(const std::string& path) {
  std::map<std::pair<std::string, std::string>, std::set<std::string>> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> cells;
    for (size_t at = 0; at != std::string::npos + 1;) {
      size_t end = line.find('\t', at);
      cells.push_back(line.substr(at, end == std::string::npos ? end : end - at));
      at = end == std::string::npos ? 0 : end + 1;
      if (end == std::string::npos) break;
    }
    if (cells.size() < 5) continue;
    std::string list = cells[4];
    for (size_t at = 0; at < list.size();) {
      size_t end = std::min(list.find(',', at), list.size());
      out[{cells[0], cells[1]}].insert(list.substr(at, end - at));
      at = end + 1;
    }
  }
  return out;
}

// "AWS::S3::Bucket.Logs" for templates; data sources and providers go by their type.
std::string checkov_address(const model::Resource& resource) {
  std::string address(resource.address);
  if (resource.format == "cloudformation") {
    size_t dot = address.rfind('.');
    std::string name = dot == std::string::npos ? address : address.substr(dot + 1);
    return std::string(resource.type) + "." + name;
  }
  if (resource.format == "kubernetes") {
    const model::Value* name = model::at_path(resource.attributes, "metadata.name");
    const model::Value* space = model::at_path(resource.attributes, "metadata.namespace");
    const model::Value* kind = resource.attributes.find("kind");
    if (!kind || !kind->is_string() || !name || !name->is_string()) return address;
    return std::string(kind->text()) + "." + (space && space->is_string() ? std::string(space->text()) : "default") +
           "." + std::string(name->text());
  }
  if (resource.kind == "data") {
    size_t at = address.find("data.");
    if (at != std::string::npos) address.erase(at, 5);
  }
  if (size_t star = address.rfind("[*]"); star != std::string::npos) address.erase(star, 3);  // stands for all instances
  if (resource.kind == "provider" && address.rfind("provider.", 0) == 0) address.erase(0, 9);
  return address;
}

Answers scan(const std::string& directory, const std::set<std::string>& rules) {
  core::RealFileSystem disk;
  pipeline::ScanOptions options;
  options.paths = {directory};
  options.current_directory = directory;
  options.only_rules.assign(rules.begin(), rules.end());
  options.maybe = true;
  options.today = "2026-01-01";
  options.version = "test";
  auto result = pipeline::scan(disk, options);
  Answers answers;
  for (const auto& error : result->usage_errors) std::printf("%s: %s\n", directory.c_str(), error.message.c_str());
  std::map<std::string, std::string> spelled;
  for (const model::Resource* resource : result->project.resources) {
    std::string address = checkov_address(*resource);
    std::string type(resource->type);
    if (resource->format == "kubernetes") type = type.substr(type.rfind('/') + 1);
    spelled[std::string(resource->address)] = address;
    answers.types[address] = type;
    answers.candidates.push_back(type);
  }
  for (const rules::Finding& finding : result->report.findings) {
    if (finding.suppressed) continue;
    const std::string& id = result->report.rules[finding.rule].id;
    auto& where = finding.verdict == rules::Verdict::kFail ? answers.fail[id] : answers.maybe[id];
    if (finding.verdict == rules::Verdict::kFail && finding.resource.header.valid()) {
      answers.failed[id].insert(result->sources.path(finding.resource.header.file) + " " + finding.resource.address);
    }
    auto add = [&](const std::string& address) {
      auto found = spelled.find(address);
      where.insert(found == spelled.end() ? address : found->second);
    };
    add(finding.resource.address);
    // What stands in a resource that completes another one (a bucket's ACL) is that resource's fault too.
    for (const model::Resource* resource : result->project.resources) {
      if (!resource->span.contains(finding.region) || resource->address == finding.resource.address) continue;
      add(std::string(resource->address));
      answers.completed[spelled[finding.resource.address]].insert(spelled[std::string(resource->address)]);
    }
    for (const rules::RelatedPlace& place : finding.related) {
      if (place.message.rfind("also ", 0) == 0) add(place.message.substr(5));
    }
  }
  return answers;
}

std::string joined(const std::set<std::string>& list) {
  std::string out;
  for (const std::string& text : list) out += (out.empty() ? "" : ", ") + text;
  return out;
}

struct Totals {
  unsigned addresses = 0, agreed = 0, maybe = 0;
};

// What is wrong with the answer, or nothing.
std::string compare(const Case& c, const Answers& answers, const std::set<std::string>& rules,
                    const std::set<std::string>& named_types, Totals& totals) {
  std::set<std::string> fail, maybe;
  for (const std::string& rule : rules) {
    if (auto at = answers.fail.find(rule); at != answers.fail.end()) fail.insert(at->second.begin(), at->second.end());
    if (auto at = answers.maybe.find(rule); at != answers.maybe.end()) maybe.insert(at->second.begin(), at->second.end());
  }
  // Types of the check: those its table names, and those of the addresses it gives.
  std::set<std::string> types = named_types;
  for (const auto* list : {&c.pass, &c.fail}) {
    for (const std::string& address : *list) {
      if (auto at = answers.types.find(address); at != answers.types.end()) types.insert(at->second);
    }
  }
  // A check that judges the completing resources does not judge the completed one for them.
  for (const auto& [owner, others] : answers.completed) {
    bool theirs = std::any_of(others.begin(), others.end(), [&](const std::string& other) {
      auto type = answers.types.find(other);
      return type != answers.types.end() && types.count(type->second);
    });
    if (theirs && !c.fail.count(owner)) fail.erase(owner);
  }
  std::string why;
  auto differs = [&](const std::string& text) { why += (why.empty() ? "" : "; ") + text; };
  if (c.mode == "counts") {
    std::set<std::string> failed;
    for (const std::string& rule : rules) {
      if (auto at = answers.failed.find(rule); at != answers.failed.end()) failed.insert(at->second.begin(), at->second.end());
    }
    size_t judged = 0;
    for (const std::string& type : answers.candidates) judged += types.empty() || types.count(type);
    size_t off = failed.size() > c.fail_count ? failed.size() - c.fail_count : c.fail_count - failed.size();
    if (off != 0) {
      differs("fails " + std::to_string(failed.size()) + " instead of " + std::to_string(c.fail_count) + ": " + joined(failed));
    } else if (judged < c.pass_count + c.fail_count) {
      off = c.pass_count + c.fail_count - judged;
      differs("judges " + std::to_string(judged) + " instead of " + std::to_string(c.pass_count + c.fail_count));
    }
    size_t all = c.pass_count + c.fail_count;
    totals.addresses += static_cast<unsigned>(all);
    totals.agreed += static_cast<unsigned>(all - std::min(off, all));
    return why;
  }
  for (const std::string& address : c.fail) {
    ++totals.addresses;
    if (fail.count(address)) {
      ++totals.agreed;
    } else {
      differs(address + (maybe.count(address) ? " may fail" : answers.types.count(address) ? " passes" : " is not there") +
              " instead of failing");
    }
    totals.maybe += maybe.count(address) ? 1 : 0;
  }
  for (const std::string& address : c.pass) {
    ++totals.addresses;
    if (!fail.count(address) && answers.types.count(address)) {
      ++totals.agreed;
    } else {
      differs(address + (fail.count(address) ? " fails" : " is not there") + " instead of passing");
    }
    totals.maybe += maybe.count(address) ? 1 : 0;
  }
  if (c.mode == "inline") return why;
  for (const std::string& address : fail) {
    if (c.fail.count(address) || c.pass.count(address)) continue;
    // A rule may judge more types than the check, as one rule often stands for several checks.
    auto type = answers.types.find(address);
    if (type != answers.types.end() && !types.empty() && !types.count(type->second)) continue;
    ++totals.addresses;
    differs(address + " fails, of which Checkov says nothing");
  }
  return why;
}

}  // namespace

int main(int argc, char** argv) {
  conformance::Ratchet ratchet("checkov", "../checkov/passing.txt", argc, argv);
  std::set<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--", 2) != 0) wanted.insert(argv[i]);
  }
  core::RealFileSystem disk;
  auto real = disk.real_path(conformance::Ratchet::shared());
  std::string oracle = (real ? *real : conformance::Ratchet::shared()) + "/oracles/checkov";
  std::vector<Case> cases = read_cases(oracle + "/cases.jsonl");
  if (cases.empty()) {
    std::printf("no data below %s\n", oracle.c_str());
    return ratchet.finish();
  }
  auto types = read_types(oracle + "/rules.tsv");

  std::map<std::string, std::set<std::string>> by_alias;  // ids of rules
  for (const rules::Rule& rule : rules::builtin_rules()) {
    for (const rules::Alias& alias : rule.info.aliases) {
      if (alias.tool == "checkov") by_alias[alias.id].insert(rule.info.id);
    }
  }
  std::map<std::string, std::set<std::string>> rules_of;  // by folder
  for (const Case& c : cases) {
    auto found = by_alias.find(c.id);
    if (found != by_alias.end() && (wanted.empty() || wanted.count(c.id))) {
      rules_of[c.directory].insert(found->second.begin(), found->second.end());
    }
  }
  std::map<std::string, Answers> answers;
  for (const auto& [directory, ids] : rules_of) answers[directory] = scan(oracle + "/" + directory, ids);

  // Differences that nobody has looked at are named.
  std::ifstream divergences(ASSAY_SOURCE_DIR "/tests/conformance/checkov/divergences.md");
  std::string reviewed((std::istreambuf_iterator<char>(divergences)), std::istreambuf_iterator<char>());
  std::set<std::string> unreviewed;

  Totals totals;
  std::set<std::string> checks;
  for (const Case& c : cases) {
    auto found = by_alias.find(c.id);
    if (found == by_alias.end() || !answers.count(c.directory)) {
      ratchet.skip();
      continue;
    }
    checks.insert(c.id);
    std::string why = compare(c, answers[c.directory], found->second, types[{c.id, c.framework}], totals);
    if (why.empty()) {
      ratchet.pass(c.name());
    } else {
      ratchet.fail(c.name(), joined(found->second) + ": " + why);
      if (reviewed.find(c.id + " ") == std::string::npos && reviewed.find(c.id + ",") == std::string::npos) unreviewed.insert(c.id);
    }
  }
  if (!unreviewed.empty()) std::printf("not in divergences.md: %s\n", joined(unreviewed).c_str());
  std::printf("checks with a rule: %zu; addresses: %u, agreed: %u (%.1f%%), of which possible findings: %u\n",
              checks.size(), totals.addresses, totals.agreed,
              totals.addresses ? 100.0 * totals.agreed / totals.addresses : 0.0, totals.maybe);
  return ratchet.finish();
}
