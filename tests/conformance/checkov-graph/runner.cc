// Runs Checkov's own YAML policies over its own Terraform folders and compares which resources pass and
// fail. An address fails when the scan reports a certain finding in it; it passes when the resource is
// there without one. A possible finding is neither: Checkov gives no record for what it cannot resolve.
// Resources that Checkov gives no record for must not fail.
//
// Data: $ASSAY_SHARED/oracles/checkov-graph. Arguments: --verbose, --update, or ids of policies.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "analyzer/pipeline/pipeline.h"
#include "parsers/core/file_system.h"
#include "tests/conformance/terraform/ratchet.h"

namespace {

using namespace assay;

std::set<std::string> texts(const nlohmann::json& list) {
  std::set<std::string> out;
  for (const auto& text : list) out.insert(text.get<std::string>());
  return out;
}

// Data sources go by their type; one resource that stands for an unknown number goes by the first.
std::string checkov_address(std::string address) {
  size_t data = address.find("data.");
  if (data == 0 || (data != std::string::npos && address[data - 1] == '.')) address.erase(data, 5);
  size_t star = address.rfind("[*]");
  if (star != std::string::npos) address.replace(star, 3, "[0]");
  return address;
}

// Is the address among those of the scan, with or without the index of its only instance?
bool among(const std::set<std::string>& addresses, const std::string& address) {
  return addresses.count(address) > 0 || addresses.count(address + "[0]") > 0;
}

}  // namespace

int main(int argc, char** argv) {
  conformance::Ratchet ratchet("checkov-graph", "../checkov-graph/passing.txt", argc, argv);
  std::set<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--", 2) != 0) wanted.insert(argv[i]);
  }
  core::RealFileSystem disk;
  auto real = disk.real_path(conformance::Ratchet::shared());
  std::string oracle = (real ? *real : conformance::Ratchet::shared()) + "/oracles/checkov-graph";
  std::ifstream in(oracle + "/cases.jsonl");
  unsigned addresses = 0, agreed = 0;
  for (std::string line; std::getline(in, line);) {
    nlohmann::json row = nlohmann::json::parse(line, nullptr, false);
    if (row.is_discarded()) continue;
    std::string id = row["id"], directory = row["dir"], policy = row["policy"];
    if (!wanted.empty() && !wanted.count(id)) continue;
    std::set<std::string> pass = texts(row["pass"]), fail = texts(row["fail"]), skip = texts(row["skip"]);

    pipeline::ScanOptions options;
    options.paths = {oracle + "/" + directory};
    options.current_directory = oracle;
    options.policies = {oracle + "/" + policy};
    options.only_rules = {id};
    options.maybe = true;
    options.today = "2026-01-01";
    options.version = "test";
    auto result = pipeline::scan(disk, options);
    std::string why;
    auto differs = [&](const std::string& text) { why += (why.empty() ? "" : "; ") + text; };
    for (const auto& error : result->usage_errors) {
      differs(error.file + ":" + std::to_string(error.line) + ": " + error.message);
    }
    std::set<std::string> present, failing, possible, suppressed;
    for (const model::Resource* resource : result->project.resources) present.insert(checkov_address(std::string(resource->address)));
    for (const rules::Finding& finding : result->report.findings) {
      if (result->report.rules[finding.rule].id != id) continue;
      auto& where = finding.suppressed ? suppressed : finding.verdict == rules::Verdict::kFail ? failing : possible;
      where.insert(checkov_address(finding.resource.address));
      for (const rules::RelatedPlace& place : finding.related) {
        if (place.message.rfind("also ", 0) == 0) where.insert(checkov_address(place.message.substr(5)));
      }
    }
    for (const std::string& address : fail) {
      ++addresses;
      if (among(failing, address)) ++agreed;
      else differs(address + (among(possible, address) ? " may fail" : among(present, address) ? " passes" : " is not there") + " instead of failing");
    }
    for (const std::string& address : pass) {
      if (fail.count(address)) continue;  // stands in both lists where two resources share the name
      ++addresses;
      if (!among(failing, address) && !among(possible, address) && among(present, address)) ++agreed;
      else differs(address + (among(failing, address) ? " fails" : among(possible, address) ? " may fail" : " is not there") + " instead of passing");
    }
    for (const std::string& address : failing) {
      std::string only = address.ends_with("[0]") ? address.substr(0, address.size() - 3) : address;
      if (!fail.count(address) && !pass.count(address) && !fail.count(only) && !pass.count(only)) differs(address + " fails, of which Checkov says nothing");
    }
    for (const std::string& address : skip) {
      if (!suppressed.count(address)) differs(address + " is not suppressed");
    }
    std::string name = id + " " + directory;
    if (why.empty()) ratchet.pass(name);
    else ratchet.fail(name, policy + ": " + why);
  }
  if (addresses == 0) std::printf("no data below %s\n", oracle.c_str());
  std::printf("addresses: %u, agreed: %u\n", addresses, agreed);
  return ratchet.finish();
}
